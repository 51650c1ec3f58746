import { sqlMigration } from '@nubo/schema';

/** Who somebody is is asked for each time. */
export const PROJECT_PEOPLE_MIGRATION = sqlMigration('ProjectPeople1795700024000', [
  'ALTER TABLE distribution_projects DROP COLUMN tenant_id, DROP COLUMN role',
]);
