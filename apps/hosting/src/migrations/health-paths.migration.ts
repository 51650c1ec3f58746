import { sqlMigration } from '@nubo/schema';

export const HEALTH_PATHS_MIGRATION = sqlMigration('HealthPaths1795700023002', [
  `ALTER TABLE projects ADD health_path text NOT NULL DEFAULT '/'`,
  `ALTER TABLE revisions ADD health_path text NOT NULL DEFAULT '/'`,
]);
