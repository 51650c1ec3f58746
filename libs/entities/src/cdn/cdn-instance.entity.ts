import type { EdgeState, InstanceRole } from '@nubo/contracts';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One part of a distribution. Its id is that of its container or VM. */
@Entity({ name: 'instances' })
@Index('instances_by_distribution', ['distributionId'])
export class CdnInstance {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'instances_pk' }) id!: string;
  @Column('uuid', { name: 'distribution_id' }) distributionId!: string;
  @Column('text') role!: InstanceRole;
  @Column('text') location!: string;
  /** What opens its control port. */
  @Column('text') token!: string;
  /** The mapping that leads to it from outside; null: none does. */
  @Column('uuid', { name: 'mapping_id', nullable: true }) mappingId!: string | null;
  @Column('text', { nullable: true }) address!: string | null;
  @Column('text', { nullable: true }) url!: string | null;
  @Column('text', { default: 'creating' }) state!: EdgeState;
  @Column('text', { name: 'state_reason', nullable: true }) stateReason!: string | null;
  /** What it said last that it serves. */
  @Column('int', { nullable: true }) release!: number | null;
  @Column('text', { nullable: true }) manifest!: string | null;
  /** Its location is not wanted any more. */
  @Column('boolean', { default: false }) leaving!: boolean;
}
