import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A release with the settings of its time, as it is or was to be run. Only its standing changes. */
@Entity({ name: 'revisions' })
@Index('revisions_of_project', ['projectId'])
export class ProjectRevision {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'revisions_pk' }) id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  /** The number of the release. */
  @Column('int') release!: number;
  /** The project's, when it was wanted. */
  @Column('int') generation!: number;
  @Column('text', { name: 'template_version' }) templateVersion!: string;
  @Column('int', { name: 'memory_mib' }) memoryMib!: number;
  /** Variables and secrets together, sealed: shown to nobody. */
  @Column('text', { default: '{}' }) env!: string;
  @Column('text', { name: 'health_path', default: '/' }) healthPath!: string;
  /** `leaving`: not wanted any more. */
  @Column('text') state!: 'starting' | 'serving' | 'failed' | 'leaving';
  @Column('text', { name: 'state_reason', nullable: true }) stateReason!: string | null;
  /** Nothing runs of it any more. */
  @Column('boolean', { default: false }) discarded!: boolean;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
