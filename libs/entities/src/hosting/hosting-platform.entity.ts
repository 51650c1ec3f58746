import { Entity, PrimaryColumn } from 'typeorm';

/** One row: who we are in clusters. A namespace that does not carry this id belongs to somebody else. */
@Entity({ name: 'platform' })
export class HostingPlatform {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'platform_pk' }) id!: string;
}
