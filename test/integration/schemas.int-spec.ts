// What the services keep is what their migrations make.
import { FLEET_SCHEMA } from '@nubo/fleet';
import { migrateSchema, schemaDifferences, serviceSchema, SHARED_SCHEMAS } from '@nubo/persistence';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import { CDN_SCHEMA } from '../../apps/cdn/src/cdn.schema';
import { COMPUTE_SCHEMA } from '../../apps/compute/src/compute.schema';
import { HOSTING_SCHEMA } from '../../apps/hosting/src/hosting.schema';
import { NETWORK_SCHEMA } from '../../apps/network/src/network.schema';
import { PAT_SCHEMA } from '../../apps/pat/src/pat.schema';
import { TENANT_SCHEMA } from '../../apps/tenant/src/tenant.schema';

const OWN = [TENANT_SCHEMA, COMPUTE_SCHEMA, NETWORK_SCHEMA, PAT_SCHEMA, CDN_SCHEMA, HOSTING_SCHEMA].map(
  serviceSchema,
);
const ALL = [...SHARED_SCHEMAS, FLEET_SCHEMA, ...OWN];

describe('the database', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await testDatabase()), 30_000);
  afterAll(() => database?.stop());

  it.each(ALL.map((definition) => [definition.schema, definition] as const))(
    'has the schema %s as its entities describe it',
    async (_name, definition) => {
      await migrateSchema(definition, database.url);
      expect(await schemaDifferences(definition, database.url)).toEqual([]);
    },
    30_000,
  );
});
