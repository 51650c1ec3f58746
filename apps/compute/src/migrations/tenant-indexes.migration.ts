import { sqlMigration } from '@nubo/schema';

export const TENANT_INDEXES_MIGRATION = sqlMigration('TenantIndexes1795490007001', [
  `CREATE INDEX vms_by_tenant ON vms (tenant_id, id)`,
  `CREATE INDEX images_by_tenant ON images (tenant_id, id)`,
]);
