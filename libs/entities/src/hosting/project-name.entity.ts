import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A name that a project has, or had: links and bookmarks lead to it for a while, so nobody else gets it at once. */
@Entity({ name: 'project_names' })
export class ProjectName {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'project_names_pk' }) name!: string;
  /** null: it rests until `freeAt`. */
  @Column('uuid', { name: 'project_id', nullable: true }) projectId!: string | null;
  @Column('timestamptz', { name: 'free_at', nullable: true }) freeAt!: Date | null;
}
