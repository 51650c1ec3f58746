import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What was sent or fetched: unpacked, checked, in the store under its digests. */
@Entity({ name: 'contents' })
@Index('contents_ticket', ['ticket'], { unique: true })
export class CdnContent {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'contents_pk' }) id!: string;
  /** Who sent it: for nobody else it is there. */
  @Column('text', { name: 'user_id' }) userId!: string;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  /** SHA-256 of what admits its bytes; null once it was used. */
  @Column('text', { nullable: true }) ticket!: string | null;
  /** The digest of its manifest, which is in the store; null until it is whole. */
  @Column('text', { nullable: true }) manifest!: string | null;
  @Column('int', { default: 0 }) files!: number;
  @Column('bigint', { default: 0 }) bytes!: string;
  /** When it goes if no release has taken it. */
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
}
