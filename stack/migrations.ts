/** Prints the SQL that would make a schema equal to its entities: the body of its next migration. */
import { FLEET_SCHEMA } from '@nubo/fleet';
import { migrateSchema, schemaDifferences, serviceSchema, SHARED_SCHEMAS } from '@nubo/persistence';
import type { SchemaDefinition } from '@nubo/schema';
import { startTestServers } from './testing';

/** The differing statements of every schema, after its migrations have run in a database of its own. */
export async function allDifferences(
  services: SchemaDefinition[],
  url: string,
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const definition of [...SHARED_SCHEMAS, FLEET_SCHEMA, ...services.map(serviceSchema)]) {
    await migrateSchema(definition, url);
    found[definition.schema] = await schemaDifferences(definition, url);
  }
  return found;
}

export async function printDifferences(services: SchemaDefinition[]): Promise<void> {
  const servers = await startTestServers();
  try {
    const found = await allDifferences(services, servers.postgres.url);
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  } finally {
    await servers.stop();
  }
}
