import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Index } from 'typeorm';

/** A named size of VMs, the same for all tenants. */
@Entity({ name: 'machine_types' })
@Index('machine_types_name', ['name'], { unique: true })
export class MachineType extends ResourceEntity {
  @Column('int') vcpus!: number;
  @Column('int', { name: 'memory_mib' }) memoryMib!: number;
  /** null: what the image of each VM needs. */
  @Column('int', { name: 'disk_gib', nullable: true }) diskGib!: number | null;
  @Column('text', { default: '' }) description!: string;
}
