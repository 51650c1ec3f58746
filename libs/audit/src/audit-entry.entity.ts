import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** Who did what, from where, to what, with which result. Holds ids only: what a person wrote (names, addresses) stays out. */
@Entity({ schema: 'audit', name: 'entries' })
@Index('entries_by_tenant', ['tenantId', 'id'])
@Index('entries_by_user', ['userId', 'id'])
@Index('entries_by_age', ['at'])
export class AuditEntry {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', primaryKeyConstraintName: 'entries_pk' }) id!: string;
  @Column('timestamptz', { default: () => 'now()' }) at!: Date;
  @Column('text', { name: 'request_id' }) requestId!: string;
  @Column('text', { name: 'user_id', nullable: true }) userId!: string | null;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('text', { nullable: true }) role!: string | null;
  @Column('text', { nullable: true }) address!: string | null;
  @Column('text') action!: string;
  @Column('uuid', { name: 'resource_id', nullable: true }) resourceId!: string | null;
  @Column('text', { default: 'done' }) result!: 'done' | 'refused';
  /** Of the error, for what was refused. */
  @Column('text', { nullable: true }) code!: string | null;
}
