import type { ImageKind as InstanceKind } from '@nubo/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A VM or a container that was deleted while its host did not answer: what lies there is removed when the host is back. */
@Entity({ name: 'host_leftovers' })
export class HostLeftover {
  @PrimaryColumn('uuid', { name: 'host_id', primaryKeyConstraintName: 'host_leftovers_pk' }) hostId!: string;
  @PrimaryColumn('uuid', { name: 'instance_id', primaryKeyConstraintName: 'host_leftovers_pk' })
  instanceId!: string;
  @Column('text', { default: 'vm' }) kind!: InstanceKind;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
