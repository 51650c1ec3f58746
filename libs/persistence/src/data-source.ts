import { integer, secret } from '@nubo/config';
import type { SchemaDefinition } from '@nubo/schema';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { DatabaseLog } from './database-log';

/** A statement that takes longer is a line in the log. */
export const SLOW_MS = 2_000;

/**
 * TypeORM options for one schema of the one database (`DATABASE_URL`). Unqualified names mean `schema`. A connection
 * that does not open within 3 s fails; a statement that takes longer than 15 s is ended.
 */
export function dataSourceOptions(
  { schema, entities, migrations }: SchemaDefinition,
  url = secret('DATABASE_URL'),
): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    schema,
    entities: entities,
    migrations,
    migrationsTableName: 'migrations',
    synchronize: false,
    // TypeORM would make extensions on every connection; migrateSchema makes them, under its lock.
    installExtensions: false,
    logger: new DatabaseLog(),
    maxQueryExecutionTime: SLOW_MS,
    applicationName: `nubo-${schema}`,
    connectTimeoutMS: 3_000,
    extra: {
      // Migrations hold one connection and need another.
      max: integer('NUBO_DB_POOL', 5, [2, 50]),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      statement_timeout: 15_000,
      idle_in_transaction_session_timeout: 30_000,
      options: `-c search_path=${schema},public`,
    },
  };
}

/** Brings one schema up to date; many processes may do it at once. */
export async function migrateSchema(definition: SchemaDefinition, url?: string): Promise<void> {
  const source = await new DataSource(dataSourceOptions(definition, url)).initialize();
  const runner = source.createQueryRunner();
  try {
    await runner.query("SELECT pg_advisory_lock(hashtext('nubo-migrations'))");
    await runner.query('CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA public');
    await runner.query(`CREATE SCHEMA IF NOT EXISTS ${definition.schema}`);
    await source.runMigrations({ transaction: 'each' });
  } finally {
    await runner.query("SELECT pg_advisory_unlock(hashtext('nubo-migrations'))").catch(() => undefined);
    await runner.release();
    await source.destroy();
  }
}

/** The statements that would make a migrated schema equal to its entities: none, or the build is refused. */
export async function schemaDifferences(definition: SchemaDefinition, url?: string): Promise<string[]> {
  const source = await new DataSource(dataSourceOptions(definition, url)).initialize();
  try {
    const sql = await source.driver.createSchemaBuilder().log();
    return sql.upQueries.map((query) => query.query);
  } finally {
    await source.destroy();
  }
}
