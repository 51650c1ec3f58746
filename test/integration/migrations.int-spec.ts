import { FLEET_SCHEMA } from '@nubo/fleet';
import { migrateSchema, schemaDifferences, serviceSchema, SHARED_SCHEMAS } from '@nubo/persistence';
import { sqlMigration, type SchemaDefinition } from '@nubo/schema';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import { Client } from 'pg';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { CDN_SCHEMA } from '../../apps/cdn/src/cdn.schema';
import { COMPUTE_SCHEMA } from '../../apps/compute/src/compute.schema';
import { HOSTING_SCHEMA } from '../../apps/hosting/src/hosting.schema';
import { NETWORK_SCHEMA } from '../../apps/network/src/network.schema';
import { PAT_SCHEMA } from '../../apps/pat/src/pat.schema';
import { TENANT_SCHEMA } from '../../apps/tenant/src/tenant.schema';
import { allDifferences } from '../../stack/migrations';

jest.setTimeout(60_000);

const SERVICES = [TENANT_SCHEMA, COMPUTE_SCHEMA, NETWORK_SCHEMA, PAT_SCHEMA, CDN_SCHEMA, HOSTING_SCHEMA];
const ALL = [...SHARED_SCHEMAS, FLEET_SCHEMA, ...SERVICES.map(serviceSchema)];

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database?.stop());

async function query<T>(sql: string): Promise<T[]> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

async function migrateAll(schemas: SchemaDefinition[] = ALL): Promise<void> {
  for (const schema of schemas) await migrateSchema(schema, database.url);
}

/** Every table, column, constraint and index, and every migration that was noted. */
async function everything(): Promise<unknown> {
  const noted = ALL.map(({ schema }) => `SELECT '${schema}' AS schema, name FROM ${schema}.migrations`);
  return [
    await query(`SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable
      FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3`),
    await query(
      `SELECT schemaname, indexname, indexdef FROM pg_indexes WHERE schemaname <> 'pg_catalog' ORDER BY 1, 2`,
    ),
    await query(`${noted.join(' UNION ALL ')} ORDER BY 1, 2`),
  ];
}

describe('migrations', () => {
  it('make every schema equal to its entities', async () => {
    const differences = await allDifferences(SERVICES, database.url);
    expect(differences).toEqual(Object.fromEntries(ALL.map(({ schema }) => [schema, []])));
  });

  it('change nothing when they run again', async () => {
    await migrateAll();
    const before = await everything();
    await migrateAll();
    expect(await everything()).toEqual(before);
  });

  it('run once when services start at the same time, in whatever order', async () => {
    await Promise.all([ALL, [...ALL].reverse(), ALL].map(migrateAll));
    const names = await query<{ names: number; all: number }>(
      ALL.map(
        ({ schema }) => `SELECT count(DISTINCT name) AS names, count(*) AS all FROM ${schema}.migrations`,
      ).join(' UNION ALL '),
    );
    expect(names.every(({ names: distinct, all }) => distinct === all)).toBe(true);
    expect(await schemaDifferences(serviceSchema(PAT_SCHEMA), database.url)).toEqual([]);
  });

  it('that fail leave nothing half-made and run whole when they are mended', async () => {
    const make = 'CREATE TABLE notes (id uuid PRIMARY KEY)';
    const own = (statements: string[]): SchemaDefinition => ({
      schema: 'notes',
      entities: [],
      migrations: [sqlMigration('Notes1795390000000', statements)],
    });
    await expect(migrateAll([own([make, 'CREATE TABLE broken (id nonsense)'])])).rejects.toThrow('nonsense');
    const tables = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'notes' ORDER BY 1`;
    expect(await query(tables)).not.toContainEqual({ name: 'notes' });
    await migrateAll([own([make])]);
    expect(await query(tables)).toContainEqual({ name: 'notes' });
  });
});

@Entity({ name: 'forgotten' })
class Forgotten {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'forgotten_pk' }) id!: string;
  @Column('text') name!: string;
}

describe('a difference', () => {
  it.each([
    [
      'a column',
      'CREATE TABLE forgotten (id uuid NOT NULL, CONSTRAINT forgotten_pk PRIMARY KEY (id))',
      'ADD "name"',
    ],
    ['a table', 'SELECT 1', 'CREATE TABLE "forgotten"'],
    [
      'NOT NULL',
      'CREATE TABLE forgotten (id uuid NOT NULL, name text, CONSTRAINT forgotten_pk PRIMARY KEY (id))',
      'SET NOT NULL',
    ],
  ])('is seen when a migration forgot %s', async (_what, statement, missing) => {
    const migrations = [sqlMigration('Forgotten1795390000000', [statement])];
    const definition = { schema: 'forgotten', entities: [Forgotten], migrations };
    await migrateSchema(definition, database.url);
    const statements = (await schemaDifferences(definition, database.url))
      .join('\n')
      .replaceAll('"forgotten"."', '"');
    expect(statements).toContain(missing);
  });
});
