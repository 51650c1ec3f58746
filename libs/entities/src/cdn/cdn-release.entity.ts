import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type StoredReleaseState = 'waiting' | 'ready' | 'error';

/** A content under a number that only grows. Which one is served, the distribution says. */
@Entity({ name: 'releases' })
@Index('releases_number', ['distributionId', 'number'], { unique: true })
export class CdnRelease {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'releases_pk' }) id!: string;
  @Column('uuid', { name: 'distribution_id' }) distributionId!: string;
  @Column('int') number!: number;
  /** `waiting`: its content is not here yet. */
  @Column('text') state!: StoredReleaseState;
  @Column('text', { name: 'state_reason', nullable: true }) stateReason!: string | null;
  /** Where the content is fetched from; null: it was sent. */
  @Column('text', { nullable: true }) srcdata!: string | null;
  /** Of the distribution's project: what it is fetched from then. */
  @Column('int', { name: 'project_release', nullable: true }) projectRelease!: number | null;
  @Column('uuid', { name: 'content_id', nullable: true }) contentId!: string | null;
  /** Bytes that were sent to instances for it. */
  @Column('bigint', { name: 'shipped_bytes', default: 0 }) shippedBytes!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
