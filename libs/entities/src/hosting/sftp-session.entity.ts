import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Somebody is connected to a project's files. */
@Entity({ name: 'sftp_sessions' })
@Index('sftp_sessions_of_project', ['projectId'])
export class SftpSession {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sftp_sessions_pk' }) id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  /** The key that it was opened with; null: the password. */
  @Column('uuid', { name: 'key_id', nullable: true }) keyId!: string | null;
  /** Files that it has open for writing. */
  @Column('int', { default: 0 }) writers!: number;
  @Column('timestamptz', { name: 'seen_at', default: () => 'now()' }) seenAt!: Date;
  /** It fell silent, and what it may have written last was taken for told. */
  @Column('boolean', { default: false }) lost!: boolean;
}
