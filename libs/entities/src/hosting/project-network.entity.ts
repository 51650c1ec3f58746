import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The network that the replicas of a project have to themselves. */
@Entity({ name: 'networks' })
export class ProjectNetwork {
  @PrimaryColumn('uuid', { name: 'project_id', primaryKeyConstraintName: 'networks_pk' }) projectId!: string;
  @Column('text') location!: string;
  @Column('uuid', { name: 'vpc_id' }) vpcId!: string;
  @Column('uuid', { name: 'subnet_id' }) subnetId!: string;
}
