import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What URLs of a distribution are signed with. */
@Entity({ name: 'signing_keys' })
export class CdnKey {
  @PrimaryColumn('uuid', { name: 'distribution_id', primaryKeyConstraintName: 'signing_keys_pk' })
  distributionId!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_keys_pk' }) id!: string;
  @Column('text') secret!: string;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' }) createdAt!: Date;
}
