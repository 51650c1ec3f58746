import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A public key that opens a project's files. */
@Entity({ name: 'ssh_keys' })
@Index('ssh_keys_of_project', ['projectId', 'fingerprint'], { unique: true })
export class SshKey {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'ssh_keys_pk' }) id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('text') fingerprint!: string;
  @Column('text') type!: string;
  @Column('text') comment!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
