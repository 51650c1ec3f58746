import type { DistributionState, LocationWeight, Runtime } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Index } from 'typeorm';

/** What makes cached answers old: `all` for everything, else for a path or all paths that begin so. */
export interface Epochs {
  all: number;
  rules: { kind: 'path' | 'prefix'; value: string; epoch: number }[];
}

/** A customer's content, and the network and instances that serve it. */
@Entity({ name: 'distributions' })
@Index('distributions_customer', ['customerId'], { unique: true })
@Index('distributions_by_tenant', ['tenantId', 'id'])
export class Distribution extends ResourceEntity {
  declare state: DistributionState;
  /** Random: nobody can count or guess customers. */
  @Column('text', { name: 'customer_id' }) customerId!: string;
  @Column('text') subnet!: string;
  @Column('text', { array: true }) locations!: string[];
  /** Those that do not weigh 1. */
  @Column('jsonb', { default: [] }) weights!: LocationWeight[];
  @Column('text') runtime!: Runtime;
  @Column('text', { nullable: true }) origin!: string | null;
  @Column('int', { name: 'keep_releases' }) keepReleases!: number;
  /** The release that is to be served; null until there is one. */
  @Column('int', { nullable: true }) release!: number | null;
  /** The highest number that a release has had; numbers are never given twice. */
  @Column('int', { name: 'last_release', default: 0 }) lastRelease!: number;
  /** Minted with the row: the network is made under these ids, however often it is asked for. */
  @Column('uuid', { name: 'vpc_id' }) vpcId!: string;
  @Column('uuid', { name: 'subnet_id' }) subnetId!: string;
  @Column('jsonb', { default: { all: 0, rules: [] } }) epochs!: Epochs;
}
