import { sqlMigration } from '@nubo/schema';

/** Tenants that there are already get the limit that new ones begin with. */
export const CONTAINER_QUOTAS_MIGRATION = sqlMigration('ContainerQuotas1795600005002', [
  `INSERT INTO usage (tenant_id, kind, "limit") SELECT tenant_id, 'containers', 50 FROM accounts ON CONFLICT DO NOTHING`,
]);
