import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A VM that was deleted while its host did not answer: what lies there is removed when the host is back. */
@Entity({ name: 'host_leftovers' })
export class HostLeftover {
  @PrimaryColumn('uuid', { name: 'host_id', primaryKeyConstraintName: 'host_leftovers_pk' }) hostId!: string;
  @PrimaryColumn('uuid', { name: 'vm_id', primaryKeyConstraintName: 'host_leftovers_pk' }) vmId!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
