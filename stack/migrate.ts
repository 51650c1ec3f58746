/** Waits for the database (DATABASE_URL) and brings every schema up to date. Exit code 1 when a migration fails. */
import { secret } from '@nubo/config';
import { FLEET_SCHEMA } from '@nubo/fleet';
import { migrateSchema, serviceSchema, SHARED_SCHEMAS } from '@nubo/persistence';
import { Client } from 'pg';
import { CDN_SCHEMA } from '../apps/cdn/src/cdn.schema';
import { COMPUTE_SCHEMA } from '../apps/compute/src/compute.schema';
import { HOSTING_SCHEMA } from '../apps/hosting/src/hosting.schema';
import { NETWORK_SCHEMA } from '../apps/network/src/network.schema';
import { PAT_SCHEMA } from '../apps/pat/src/pat.schema';
import { TENANT_SCHEMA } from '../apps/tenant/src/tenant.schema';
import { waitWhile } from './wait';

const SERVICES = [TENANT_SCHEMA, COMPUTE_SCHEMA, NETWORK_SCHEMA, PAT_SCHEMA, CDN_SCHEMA, HOSTING_SCHEMA];
const RETRY_MS = 500;

async function migrateAll(): Promise<void> {
  let said = '';
  const waiting = async (): Promise<string | undefined> => {
    const reason = await notReachable(secret('DATABASE_URL'));
    if (reason && reason !== said) say(`waiting for the database: ${reason}`);
    said = reason ?? '';
    return reason;
  };
  await waitWhile(waiting, { timeoutMs: Infinity, everyMs: RETRY_MS });
  for (const schema of [...SHARED_SCHEMAS, FLEET_SCHEMA, ...SERVICES.map(serviceSchema)])
    await migrateSchema(schema);
  say('every schema is up to date');
}

async function notReachable(url: string): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  try {
    await client.connect();
    await client.end();
    return undefined;
  } catch (error) {
    return (error as Error).message || (error as Error).name;
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

migrateAll().catch((error: Error) => {
  say(`A schema could not be brought up to date: ${error.stack ?? error.message}`);
  process.exitCode = 1;
});
