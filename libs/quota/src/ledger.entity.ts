import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { QuotaKind } from '@nubo/contracts';

/** A tenant's account; a closed one gives nothing any more. */
@Entity({ schema: 'quota', name: 'accounts' })
export class QuotaAccount {
  @PrimaryColumn('uuid', { name: 'tenant_id', primaryKeyConstraintName: 'accounts_pk' }) tenantId!: string;
  @Column('boolean', { default: false }) closed!: boolean;
}

/** used = SUM(ledger.amount) of the same tenant and kind, always. */
@Entity({ schema: 'quota', name: 'usage' })
@Check('usage_not_negative', 'used >= 0')
export class QuotaUsage {
  @PrimaryColumn('uuid', { name: 'tenant_id', primaryKeyConstraintName: 'usage_pk' }) tenantId!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'usage_pk' }) kind!: QuotaKind;
  @Column('bigint', { default: 0 }) used!: string;
  @Column('bigint') limit!: string;
}

/** What one resource has taken. */
@Entity({ schema: 'quota', name: 'ledger' })
@Index('ledger_by_tenant', ['tenantId', 'kind'])
export class LedgerEntry {
  @PrimaryColumn('uuid', { name: 'resource_id', primaryKeyConstraintName: 'ledger_pk' }) resourceId!: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'ledger_pk' }) kind!: QuotaKind;
  @Column('uuid', { name: 'tenant_id' }) tenantId!: string;
  @Column('uuid', { name: 'user_id' }) userId!: string;
  @Column('bigint') amount!: string;
}
