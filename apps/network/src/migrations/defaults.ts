import { sqlMigration } from '@nubo/schema';

/** User ids are unique over all tenants: one live default network per user, administrators' included. */
const oneOf = (table: string): string =>
  `CREATE UNIQUE INDEX ${table}_default_of ON ${table} (default_of) WHERE state <> 'deleting'`;

export const defaults = sqlMigration('Defaults1795490006003', [
  'ALTER TABLE vpcs ADD default_of text',
  'ALTER TABLE subnets ADD default_of text',
  oneOf('vpcs'),
  oneOf('subnets'),
]);
