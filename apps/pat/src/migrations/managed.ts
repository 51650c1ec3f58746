import { sqlMigration } from '@nubo/schema';

export const managed = sqlMigration('ManagedMappings1795600006002', [
  'ALTER TABLE mappings ADD managed_by text',
]);
