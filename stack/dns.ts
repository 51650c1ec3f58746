/** PowerDNS, the authoritative name server of the zone of projects, with its zones in the platform's own Postgres. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { findProgram } from './child';
import { ownFolder, type Owner, serverUser, writeAtomically } from './files';
import { type PreparedServer, type Server, startServer } from './server';

export interface DnsOptions {
  /** Holds the configuration. */
  readonly dir: string;
  /** For questions, UDP and TCP. */
  readonly port: number;
  readonly apiPort: number;
  /** Opens the API. */
  readonly apiKey: string;
  readonly databaseUrl: string;
  /** Where questions and the API are answered; default 127.0.0.1. Elsewhere the API's key alone protects it. */
  readonly host?: string;
  /** Where questions are answered, when the API is not to be open there too. */
  readonly questionsHost?: string;
  /** Default `<dir>.log`. */
  readonly log?: string;
  /** Default nobody when we are root. */
  readonly user?: Owner;
}

/** Tables of PowerDNS lie apart from ours. */
const SCHEMA = 'dns';
/** Of Debian's pdns-backend-pgsql 4.7. */
const TABLES = '/usr/share/pdns-backend-pgsql/schema/schema.pgsql.sql';

/** Whether there is a PowerDNS on this machine (Debian: pdns-server, pdns-backend-pgsql). */
export const hasDns = (): boolean => findProgram('pdns_server') !== undefined && existsSync(TABLES);

/** `url` of the server is that of its API. */
export async function startDns(options: DnsOptions): Promise<Server> {
  const { spec, url } = prepareDns(options);
  return startServer(spec, url);
}

/** Throws when there is no PowerDNS. */
export function prepareDns(options: DnsOptions): PreparedServer {
  const command = findProgram('pdns_server');
  if (!command || !hasDns())
    throw new Error('PowerDNS is missing: apt-get install pdns-server pdns-backend-pgsql');
  const { dir, apiPort, apiKey } = options;
  const owner = options.user ?? serverUser();
  const url = `http://127.0.0.1:${apiPort}`;
  return {
    url,
    spec: {
      name: 'dns',
      command,
      args: [`--config-dir=${dir}`],
      log: options.log ?? `${dir}.log`,
      user: owner,
      prepare: async () => {
        ownFolder(dir, owner);
        writeAtomically(join(dir, 'pdns.conf'), dnsConfig(options), owner);
        await ensureTables(options.databaseUrl);
      },
      notReady: () => notAnswering(url, apiKey),
    },
  };
}

async function notAnswering(url: string, key: string): Promise<string | undefined> {
  try {
    const headers = { 'X-API-Key': key };
    const { status } = await fetch(`${url}/api/v1/servers/localhost`, {
      headers,
      signal: AbortSignal.timeout(2_000),
    });
    return status === 200 ? undefined : `${url} answers ${status}`;
  } catch (error) {
    return `${url}: ${(error as Error).message}`;
  }
}

/** The tables of PowerDNS. One transaction, and one at a time: whoever comes second finds them. */
export async function ensureTables(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('nubo.dns', 0))`);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
    await client.query(`SET LOCAL search_path = ${SCHEMA}`);
    const { rows } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('${SCHEMA}.domains') IS NOT NULL AS there`,
    );
    if (!rows[0]?.there) await client.query(readFileSync(TABLES, 'utf8'));
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

/**
 * Answers are remembered for two seconds: thirty times as many a second (PowerDNS 4.7), and a change is seen at once
 * enough. Zones are not: a new one would be seen after minutes.
 */
export function dnsConfig(options: Omit<DnsOptions, 'user' | 'log'>): string {
  const { dir, port, apiPort, apiKey, databaseUrl, host = '127.0.0.1' } = options;
  const { questionsHost = host } = options;
  const { hostname, port: databasePort, username, password, pathname } = new URL(databaseUrl);
  return [
    'launch=gpgsql',
    `gpgsql-host=${hostname}`,
    `gpgsql-port=${databasePort || '5432'}`,
    `gpgsql-user=${decodeURIComponent(username)}`,
    `gpgsql-password=${decodeURIComponent(password)}`,
    `gpgsql-dbname=${pathname.slice(1)}`,
    `gpgsql-extra-connection-parameters=options=-csearch_path=${SCHEMA}`,
    `local-address=${questionsHost}`,
    `local-port=${port}`,
    `socket-dir=${dir}`,
    'daemon=no',
    'guardian=no',
    'disable-axfr=yes',
    'version-string=anonymous',
    'cache-ttl=2',
    'query-cache-ttl=2',
    'negquery-cache-ttl=2',
    'zone-cache-refresh-interval=0',
    'api=yes',
    `api-key=${apiKey}`,
    'webserver=yes',
    `webserver-address=${host}`,
    `webserver-port=${apiPort}`,
    `webserver-allow-from=${host === '127.0.0.1' ? host : '0.0.0.0/0'}`,
    '',
  ].join('\n');
}
