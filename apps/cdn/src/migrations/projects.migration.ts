import { sqlMigration } from '@nubo/schema';

export const DISTRIBUTION_PROJECTS_MIGRATION = sqlMigration('DistributionProjects1795700013000', [
  `CREATE TABLE distribution_projects (distribution_id uuid NOT NULL, project_id uuid NOT NULL, name text NOT NULL, follow boolean NOT NULL, release integer NOT NULL, gone boolean NOT NULL DEFAULT false, user_id text NOT NULL, tenant_id uuid, role text NOT NULL, CONSTRAINT distribution_projects_pk PRIMARY KEY (distribution_id))`,
  'CREATE INDEX distribution_projects_of_project ON distribution_projects (project_id)',
  'ALTER TABLE releases ADD project_release integer',
]);
