import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The project whose releases a distribution publishes, and for whom. */
@Entity({ name: 'distribution_projects' })
@Index('distribution_projects_of_project', ['projectId'])
export class DistributionProject {
  @PrimaryColumn('uuid', { name: 'distribution_id', primaryKeyConstraintName: 'distribution_projects_pk' })
  distributionId!: string;
  @Column('uuid', { name: 'project_id' }) projectId!: string;
  @Column('text') name!: string;
  @Column('boolean') follow!: boolean;
  /** Its release that the newest release here was made of. */
  @Column('int') release!: number;
  /** It is deleted, or who made the distribution may not see it any more. */
  @Column('boolean', { default: false }) gone!: boolean;
  /** Who made the distribution of it: who must be allowed to see it. */
  @Column('text', { name: 'user_id' }) userId!: string;
}
