import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What one instance answered in one minute. */
@Entity({ name: 'traffic' })
@Index('traffic_by_distribution', ['distributionId', 'minute'])
export class CdnTraffic {
  @PrimaryColumn('uuid', { name: 'instance_id', primaryKeyConstraintName: 'traffic_pk' }) instanceId!: string;
  @PrimaryColumn('timestamptz', { primaryKeyConstraintName: 'traffic_pk' }) minute!: Date;
  @Column('uuid', { name: 'distribution_id' }) distributionId!: string;
  @Column('text') location!: string;
  @Column('bigint') requests!: string;
  @Column('bigint') bytes!: string;
  @Column('bigint') hits!: string;
  @Column('bigint') errors!: string;
}
