import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { MeteredKind, QuotaKind, ReservedKind } from '@nubo/contracts';

/** A tenant's account; a closed one gives nothing any more. */
@Entity({ schema: 'quota', name: 'accounts' })
export class QuotaAccount {
  @PrimaryColumn('uuid', { name: 'tenant_id', primaryKeyConstraintName: 'accounts_pk' }) tenantId!: string;
  @Column('boolean', { default: false }) closed!: boolean;
}

/** Of reserved kinds, used = SUM(ledger.amount) of the same tenant and kind, always. */
@Entity({ schema: 'quota', name: 'usage' })
@Check('usage_not_negative', 'used >= 0')
export class QuotaUsage {
  @PrimaryColumn('uuid', { name: 'tenant_id', primaryKeyConstraintName: 'usage_pk' }) tenantId!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'usage_pk' }) kind!: QuotaKind;
  @Column('bigint', { default: 0 }) used!: string;
  /** null: not limited. */
  @Column('bigint', { nullable: true }) limit!: string | null;
}

/** A user's account. A closed one stays until its tenant goes, so that nothing late opens it again. */
@Entity({ schema: 'quota', name: 'user_accounts' })
@Index('user_accounts_by_tenant', ['tenantId'])
export class UserQuotaAccount {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'user_accounts_pk' }) userId!: string;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('boolean', { default: false }) closed!: boolean;
}

/** Of reserved kinds, used = SUM(ledger.amount) of the same user and kind, always. No row: nothing used, no limit. */
@Entity({ schema: 'quota', name: 'user_usage' })
@Index('user_usage_by_tenant', ['tenantId'])
@Check('user_usage_not_negative', 'used >= 0')
export class UserQuotaUsage {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'user_usage_pk' }) userId!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'user_usage_pk' }) kind!: QuotaKind;
  /** null: an administrator's. */
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('bigint', { default: 0 }) used!: string;
  /** null: only the tenant's counts. */
  @Column('bigint', { nullable: true }) limit!: string | null;
}

/** What one resource has taken; `id` is the resource’s. */
@Entity({ schema: 'quota', name: 'ledger' })
@Index('ledger_by_tenant', ['tenantId', 'kind'])
@Index('ledger_by_user', ['userId', 'kind'])
export class LedgerEntry {
  @PrimaryColumn('uuid', { name: 'resource_id', primaryKeyConstraintName: 'ledger_pk' }) id!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'ledger_pk' }) kind!: ReservedKind;
  /** null: an administrator's. */
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('uuid', { name: 'user_id' }) userId!: string;
  @Column('bigint') amount!: string;
}

/** What one living resource, whose `id` it is, has used up so far. What it used stays in the usage of its tenant and user when it goes. */
@Entity({ schema: 'quota', name: 'metered' })
@Index('metered_by_tenant', ['tenantId', 'kind'])
@Index('metered_by_user', ['userId', 'kind'])
export class MeteredEntry {
  @PrimaryColumn('uuid', { name: 'resource_id', primaryKeyConstraintName: 'metered_pk' }) id!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'metered_pk' }) kind!: MeteredKind;
  @Column('uuid', { name: 'tenant_id', nullable: true }) tenantId!: string | null;
  @Column('uuid', { name: 'user_id' }) userId!: string;
  @Column('bigint') amount!: string;
}

export const QUOTA_ENTITIES = [
  QuotaAccount,
  QuotaUsage,
  UserQuotaAccount,
  UserQuotaUsage,
  LedgerEntry,
  MeteredEntry,
];
