import type { Manager, VmState } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Index } from 'typeorm';

export type WantedState = 'running' | 'stopped';
/** What a snapshot wants of a VM meanwhile: to be off, or to stay as it is. */
export type Hold = 'off' | 'as-is';
/** `hard`: without asking the guest. */
export type Restart = 'soft' | 'hard';

/** A virtual machine. Its domain is `nubo-<id>`, its files are below `/var/lib/nubo/vms/<id>` on its host. */
@Entity({ name: 'vms' })
@Index('vms_by_host', ['hostId'])
@Index('vms_by_image', ['imageId'])
@Index('vms_by_tenant', ['tenantId', 'id'])
export class Vm extends ResourceEntity {
  declare state: VmState;
  @Column('uuid', { name: 'image_id' }) imageId!: string;
  @Column('uuid', { name: 'host_id' }) hostId!: string;
  @Column('text') location!: string;
  /** The name of the machine type whose numbers it got; that may be gone. */
  @Column('text', { name: 'machine_type', nullable: true }) machineType!: string | null;
  @Column('int') vcpus!: number;
  @Column('int', { name: 'memory_mib' }) memoryMib!: number;
  @Column('int', { name: 'disk_gib' }) diskGib!: number;
  @Column('text', { name: 'wanted_state' }) wantedState!: WantedState;
  /** It is to go off before it runs; null once it did. */
  @Column('text', { nullable: true }) restart!: Restart | null;
  @Column('text', { name: 'ssh_keys', array: true, default: '{}' }) sshKeys!: string[];
  @Column('text', { name: 'user_data', default: '' }) userData!: string;
  /** Its domain names a NIC that it has lost: before the next start it is defined anew. */
  @Column('boolean', { default: false }) redefine!: boolean;
  /** When the guest was last asked to shut down; null once it did or is past caring. */
  @Column('timestamptz', { name: 'stop_asked_at', nullable: true }) stopAskedAt!: Date | null;
  /** The image that is being made of its disk; `hold` is set with it. */
  @Column('uuid', { name: 'held_by', nullable: true }) heldBy!: string | null;
  @Column('text', { nullable: true }) hold!: Hold | null;
  /** The service that keeps it; null: it is its maker's own. */
  @Column('text', { name: 'managed_by', nullable: true }) managedBy!: Manager | null;
}
