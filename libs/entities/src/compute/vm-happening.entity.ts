import type { VmEventName } from '@nubo/contracts';
import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';
import { Vm } from './vm.entity';

/** One line of a VM's timeline: what was asked of it and by whom, and what became of it. */
@Entity({ name: 'vm_timeline' })
@Index('vm_timeline_by_vm', ['vmId', 'seq'])
export class VmHappening {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'vm_timeline_pk' })
  seq!: string;
  @Column('uuid', { name: 'vm_id' })
  @ForeignKey(() => Vm, { name: 'vm_timeline_vm', onDelete: 'CASCADE' })
  vmId!: string;
  @Column('timestamptz', { default: () => 'now()' }) at!: Date;
  @Column('text') event!: VmEventName;
  /** For a person: a host, addresses, a reason. */
  @Column('text', { nullable: true }) detail!: string | null;
  /** Who asked for it; null: the platform found it or did it. */
  @Column('text', { name: 'user_id', nullable: true }) userId!: string | null;
  @Column('text', { name: 'request_id', nullable: true }) requestId!: string | null;
}
