import { sqlMigration } from '@nubo/schema';

/** Tenants that are there already get the limit that new ones have. */
export const PROJECT_QUOTAS_MIGRATION = sqlMigration('ProjectQuotas1795600007001', [
  `INSERT INTO usage (tenant_id, kind, "limit") SELECT tenant_id, 'projects', 20 FROM accounts ON CONFLICT DO NOTHING`,
]);
