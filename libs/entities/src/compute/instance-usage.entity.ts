import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Up to where the counters of a VM or a container were counted. What they came to is in the quota's tables. */
@Entity({ name: 'instance_usage' })
export class InstanceUsage {
  @PrimaryColumn('uuid', { name: 'instance_id', primaryKeyConstraintName: 'instance_usage_pk' })
  instanceId!: string;
  /** Which run of it `counters` belong to; null: none, the next sample counts from 0. */
  @Column('text', { nullable: true }) incarnation!: string | null;
  /** The newest raw value of every counter of that run. */
  @Column('jsonb', { default: {} }) counters!: Record<string, number>;
  /** Microseconds of CPU time that do not make a whole second yet. */
  @Column('int', { name: 'cpu_rest_us', default: 0 }) cpuRestUs!: number;
  /** Grows with every sample that was counted: a sample counts only if none came between. */
  @Column('int', { default: 0 }) samples!: number;
  @Column('timestamptz', { default: () => 'now()' }) since!: Date;
  @Column('timestamptz', { name: 'sampled_at', nullable: true }) sampledAt!: Date | null;
}
