import type { PublishedBy } from '@nubo/contracts';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a project was at one time. Its files lie in a folder of that number and are never changed. */
@Entity({ name: 'releases' })
@Index('releases_number', ['projectId', 'number'], { unique: true })
export class ProjectRelease {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'releases_pk' }) id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('int') number!: number;
  @Column('text') state!: 'waiting' | 'ready' | 'error';
  @Column('text', { name: 'state_reason', nullable: true }) stateReason!: string | null;
  @Column('text', { name: 'published_by' }) publishedBy!: PublishedBy;
  /** SHA-256 of what it consists of. */
  @Column('text', { nullable: true }) manifest!: string | null;
  @Column('int', { default: 0 }) files!: number;
  @Column('bigint', { default: 0 }) bytes!: string;
  /** Files whose upload had not finished. */
  @Column('int', { default: 0 }) unfinished!: number;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
