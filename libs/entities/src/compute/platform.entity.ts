import { Entity, PrimaryColumn } from 'typeorm';

/** One row: who we are on hosts. What does not carry this id there belongs to somebody else. */
@Entity({ name: 'platform' })
export class Platform {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'platform_pk' }) id!: string;
}
