import type { DomainState } from '@nubo/contracts';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A name of somebody's own under which a project is to be served. Many may want it; who has proven it holds it. */
@Entity({ name: 'domains' })
@Index('domains_of_project', ['projectId', 'domain'], { unique: true })
@Index('domains_by_domain', ['domain'])
@Index('domains_holder', ['domain'], { unique: true, where: 'held' })
export class ProjectDomain {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'domains_pk' }) id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  /** As DNS has it. */
  @Column('text') domain!: string;
  /** What the record must say. */
  @Column('text') token!: string;
  @Column('text') state!: DomainState;
  @Column('text', { name: 'state_reason', nullable: true }) stateReason!: string | null;
  /** Visitors get the project under it. */
  @Column('boolean', { default: false }) held!: boolean;
  /** When somebody last asked for it. */
  @Column('timestamptz', { name: 'wanted_at', default: () => 'now()' }) wantedAt!: Date;
  /** When name servers last answered. */
  @Column('timestamptz', { name: 'checked_at', nullable: true }) checkedAt!: Date | null;
  @Column('timestamptz', { name: 'proven_at', nullable: true }) provenAt!: Date | null;
  /** Since when the record of a domain that was proven is missing. */
  @Column('timestamptz', { name: 'lost_at', nullable: true }) lostAt!: Date | null;
  @Column('timestamptz', { name: 'certificate_until', nullable: true }) certificateUntil!: Date | null;
  @Column('text', { name: 'certificate_reason', nullable: true }) certificateReason!: string | null;
  /** How often it was asked for in vain since it was got last. */
  @Column('int', { name: 'certificate_failures', default: 0 }) certificateFailures!: number;
  /** It is not asked for again before. */
  @Column('timestamptz', { name: 'certificate_try_at', nullable: true }) certificateTryAt!: Date | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
