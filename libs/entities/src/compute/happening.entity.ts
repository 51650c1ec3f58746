import type { VmEventName } from '@nubo/contracts';
import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** One line of the timeline of a VM or a container: what was asked of it and by whom, and what became of it. */
@Entity({ name: 'instance_timeline' })
@Index('instance_timeline_by_instance', ['instanceId', 'seq'])
export class HappeningRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'instance_timeline_pk' })
  seq!: string;
  @Column('uuid', { name: 'instance_id' }) instanceId!: string;
  @Column('timestamptz', { default: () => 'now()' }) at!: Date;
  @Column('text') event!: VmEventName;
  /** For a person: a host, addresses, a reason. */
  @Column('text', { nullable: true }) detail!: string | null;
  /** Who asked for it; null: the platform found it or did it. */
  @Column('text', { name: 'user_id', nullable: true }) userId!: string | null;
  @Column('text', { name: 'request_id', nullable: true }) requestId!: string | null;
}
