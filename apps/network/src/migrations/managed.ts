import { sqlMigration } from '@nubo/schema';

export const managed = sqlMigration('Managed1795600006001', [
  'ALTER TABLE vpcs ADD managed_by text',
  'ALTER TABLE subnets ADD managed_by text',
]);
