import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A container that runs a revision. Its id is the container's. */
@Entity({ name: 'replicas' })
@Index('replicas_of_project', ['projectId'])
export class Replica {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'replicas_pk' }) id!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('uuid', { name: 'revision_id' }) revisionId!: string;
  /** In the order in which they came. */
  @Column('int') number!: number;
  /** Of the mapping that leads to it. */
  @Column('uuid', { name: 'mapping_id' }) mappingId!: string;
  @Column('boolean', { default: false }) leaving!: boolean;
}
