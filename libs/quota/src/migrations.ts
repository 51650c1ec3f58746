import { sqlMigration } from '@nubo/schema';
import { CONTAINER_QUOTAS_MIGRATION } from './containers.migration';
import { PROJECT_QUOTAS_MIGRATION } from './projects.migration';
import { DISTRIBUTIONS_MIGRATION } from './distributions.migration';
import { USER_QUOTAS_MIGRATION } from './user-quotas.migration';

const first = sqlMigration('Quota1795390000000', [
  `CREATE TABLE accounts (tenant_id uuid NOT NULL, closed boolean NOT NULL DEFAULT false, CONSTRAINT accounts_pk PRIMARY KEY (tenant_id))`,
  `CREATE TABLE usage (tenant_id uuid NOT NULL, kind text NOT NULL, used bigint NOT NULL DEFAULT '0', "limit" bigint NOT NULL, CONSTRAINT usage_not_negative CHECK (used >= 0), CONSTRAINT usage_pk PRIMARY KEY (tenant_id, kind))`,
  `CREATE TABLE ledger (resource_id uuid NOT NULL, kind text NOT NULL, tenant_id uuid NOT NULL, user_id uuid NOT NULL, amount bigint NOT NULL, CONSTRAINT ledger_pk PRIMARY KEY (resource_id, kind))`,
  `CREATE INDEX ledger_by_tenant ON ledger  (tenant_id, kind)`,
]);

export const QUOTA_MIGRATIONS = [
  first,
  USER_QUOTAS_MIGRATION,
  CONTAINER_QUOTAS_MIGRATION,
  PROJECT_QUOTAS_MIGRATION,
  DISTRIBUTIONS_MIGRATION,
];
