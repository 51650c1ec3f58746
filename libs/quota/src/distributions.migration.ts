import { sqlMigration } from '@nubo/schema';

/** Tenants that are there already get the limit that new ones have. */
export const DISTRIBUTIONS_MIGRATION = sqlMigration('Distributions1795600006004', [
  `INSERT INTO usage (tenant_id, kind, "limit") SELECT tenant_id, 'distributions', 10 FROM accounts ON CONFLICT DO NOTHING`,
]);
