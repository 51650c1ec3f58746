import { sqlMigration } from '@nubo/schema';

/** Limits per user beside the tenant's, and kinds that are metered. What was taken before counts for its user too. */
export const USER_QUOTAS_MIGRATION = sqlMigration('UserQuotas1795490004001', [
  `ALTER TABLE usage ALTER COLUMN "limit" DROP NOT NULL`,
  `ALTER TABLE ledger ALTER COLUMN tenant_id DROP NOT NULL`,
  `CREATE INDEX ledger_by_user ON ledger (user_id, kind)`,
  `CREATE TABLE user_accounts (user_id uuid NOT NULL, tenant_id uuid, closed boolean NOT NULL DEFAULT false, CONSTRAINT user_accounts_pk PRIMARY KEY (user_id))`,
  `CREATE INDEX user_accounts_by_tenant ON user_accounts (tenant_id)`,
  `CREATE TABLE user_usage (user_id uuid NOT NULL, kind text NOT NULL, tenant_id uuid, used bigint NOT NULL DEFAULT '0', "limit" bigint, CONSTRAINT user_usage_not_negative CHECK (used >= 0), CONSTRAINT user_usage_pk PRIMARY KEY (user_id, kind))`,
  `CREATE INDEX user_usage_by_tenant ON user_usage (tenant_id)`,
  `CREATE TABLE metered (resource_id uuid NOT NULL, kind text NOT NULL, tenant_id uuid, user_id uuid NOT NULL, amount bigint NOT NULL, CONSTRAINT metered_pk PRIMARY KEY (resource_id, kind))`,
  `CREATE INDEX metered_by_tenant ON metered (tenant_id, kind)`,
  `CREATE INDEX metered_by_user ON metered (user_id, kind)`,
  `INSERT INTO user_usage (user_id, kind, tenant_id, used) SELECT user_id, kind, min(tenant_id::text)::uuid, sum(amount) FROM ledger GROUP BY user_id, kind`,
  `INSERT INTO user_accounts (user_id, tenant_id) SELECT user_id, min(tenant_id::text)::uuid FROM ledger GROUP BY user_id`,
  `INSERT INTO usage (tenant_id, kind) SELECT tenant_id, kind FROM accounts CROSS JOIN unnest(ARRAY['cpuSeconds', 'diskReadBytes', 'diskWrittenBytes', 'networkInBytes', 'networkOutBytes']) AS metered(kind)`,
]);
