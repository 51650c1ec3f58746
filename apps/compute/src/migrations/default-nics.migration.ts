import { sqlMigration } from '@nubo/schema';

export const DEFAULT_NICS_MIGRATION = sqlMigration('DefaultNics1795490006002', [
  `ALTER TABLE vm_nics ALTER COLUMN subnet_id DROP NOT NULL`,
]);
