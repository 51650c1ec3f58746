import type { AutoPublish, ProjectState, RunnerKind, Template } from '@nubo/contracts';
import { ResourceEntity } from '@nubo/persistence';
import { Column, Entity, Index } from 'typeorm';

/** A site with its name in DNS and its login for uploads. */
@Entity({ name: 'projects' })
@Index('projects_name', ['name'], { unique: true })
@Index('projects_login', ['login'], { unique: true })
@Index('projects_by_tenant', ['tenantId', 'id'])
export class Project extends ResourceEntity {
  declare state: ProjectState;
  @Column('text') template!: Template;
  /** Of SFTP; made with the project. */
  @Column('text') login!: string;
  /** argon2id. */
  @Column('text', { name: 'password_hash' }) passwordHash!: string;
  @Column('int', { name: 'keep_releases' }) keepReleases!: number;
  @Column('text', { name: 'auto_publish' }) autoPublish!: AutoPublish;
  @Column('int', { name: 'quiet_seconds' }) quietSeconds!: number;
  /** The number of the release that is to be served; null until there is one. */
  @Column('int', { nullable: true }) release!: number | null;
  /** Numbers are not given twice. */
  @Column('int', { name: 'last_release', default: 0 }) lastRelease!: number;
  /** When something was last written. */
  @Column('timestamptz', { name: 'touched_at', nullable: true }) touchedAt!: Date | null;
  /** The `touchedAt` up to which releases were made. */
  @Column('timestamptz', { name: 'released_touch', nullable: true }) releasedTouch!: Date | null;
  /** The number of the release that visitors get; null while they get none. */
  @Column('int', { nullable: true }) served!: number | null;
  /** What runs a project that is more than files; null for one that is not. */
  @Column('text', { nullable: true }) runner!: RunnerKind | null;
  @Column('text', { name: 'template_version', nullable: true }) templateVersion!: string | null;
  @Column('int', { default: 1 }) replicas!: number;
  /** Of one replica. */
  @Column('int', { name: 'memory_mib', default: 128 }) memoryMib!: number;
  @Column('jsonb', { default: {} }) env!: Record<string, string>;
  /** Variables whose values are shown to nobody, sealed. */
  @Column('text', { default: '{}' }) secrets!: string;
  /** What is asked for to learn whether its program answers. */
  @Column('text', { name: 'health_path', default: '/' }) healthPath!: string;
  /** What publishing by itself waits for, for a person. */
  @Column('text', { nullable: true }) publishing!: string | null;
}
