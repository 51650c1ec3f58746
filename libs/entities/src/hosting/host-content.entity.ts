import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The files of a revision on a host. The row is there before the first of them. */
@Entity({ name: 'host_contents' })
@Index('host_contents_of_revision', ['revisionId', 'hostId'], { unique: true })
@Index('host_contents_of_project', ['projectId'])
export class HostContent {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'host_contents_pk' }) id!: string;
  @Column('uuid', { name: 'host_id' }) hostId!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'revision_id' }) revisionId!: string;
  @Column('int') release!: number;
  @Column('text') state!: 'placing' | 'placed' | 'leaving';
}
