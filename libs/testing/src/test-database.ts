import { randomBytes } from 'node:crypto';
import { overrideSettings, text } from '@nubo/config';
import { dataSourceOptions, migrateSchema, serviceSchema, SHARED_SCHEMAS } from '@nubo/persistence';
import type { SchemaDefinition } from '@nubo/schema';
import { Client } from 'pg';
import { DataSource, type EntityManager } from 'typeorm';

export interface TestDatabase {
  /** Is `DATABASE_URL` too, until `stop`. */
  readonly url: string;
  /** Sees the service's own schema first, then quota, audit and the others. Throws when no schema was asked for. */
  readonly em: EntityManager;
  /** Drops the database, whoever is still connected. */
  stop(): Promise<void>;
}

/**
 * A database of its own on the test server (`NUBO_TEST_DATABASE_URL`). `schemas`: first the service's own (control
 * tables are added to it), then those of shared libs beyond quota and audit, such as FLEET_SCHEMA; all are migrated.
 * With none the database is empty: a service that is started on it migrates by itself.
 */
export async function testDatabase(schemas: SchemaDefinition[] = []): Promise<TestDatabase> {
  const server = text('NUBO_TEST_DATABASE_URL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).toString();
  const restore = overrideSettings({ DATABASE_URL: url });
  const source = await openSchemas(url, schemas);
  const stop = async (): Promise<void> => {
    await source?.destroy();
    restore();
    await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { url, stop, em: source?.manager ?? withoutSchemas() };
}

async function openSchemas(url: string, schemas: SchemaDefinition[]): Promise<DataSource | undefined> {
  const [own, ...others] = schemas;
  if (!own) return undefined;
  const all = [...SHARED_SCHEMAS, ...others, serviceSchema(own)];
  for (const schema of all) await migrateSchema(schema, url);
  const entities = all.flatMap((schema) => schema.entities);
  return new DataSource(dataSourceOptions({ ...own, entities, migrations: [] }, url)).initialize();
}

function withoutSchemas(): EntityManager {
  const refuse = (): never => {
    throw new TypeError('testDatabase was given no schemas: there is nothing to query');
  };
  return new Proxy({}, { get: refuse }) as EntityManager;
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
