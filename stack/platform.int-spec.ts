import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'nats';
import { Client } from 'pg';
import { removeFolder } from './files';
import { type Platform, startPlatform } from './platform';
import { freePort } from './ports';
import { processesIn } from './process-table';
import { SERVICES } from './service-specs';
import { temporaryFolder } from './testing';

jest.setTimeout(60_000);

/** A service that is healthy as soon as it runs, and shows its environment. */
const STAND_IN = `
  const { createServer } = require('node:http');
  const { NUBO_HTTP_PORT, NUBO_HTTP_HOST } = process.env;
  createServer((_, response) => response.end(JSON.stringify(process.env))).listen(Number(NUBO_HTTP_PORT), NUBO_HTTP_HOST);
`;

describe('the platform on one machine', () => {
  let folder: string;
  let platform: Platform;

  const start = async (): Promise<Platform> =>
    startPlatform({
      dataDir: join(folder, 'data'),
      appsDir: join(folder, 'apps'),
      httpPort: await freePort(),
      mail: 'catcher',
      fsync: false,
      env: { NUBO_LOG_LEVEL: 'warn' },
    });

  beforeAll(async () => {
    folder = temporaryFolder();
    for (const name of SERVICES) {
      mkdirSync(join(folder, 'apps', name, 'src'), { recursive: true });
      writeFileSync(join(folder, 'apps', name, 'src', 'main.js'), STAND_IN);
    }
    platform = await start();
    await query(platform.databaseUrl, 'CREATE TABLE note (text text)');
  });
  afterAll(async () => {
    await platform.stop();
    removeFolder(folder);
  });

  it('gives the services what they need to find each other', async () => {
    const environment = await environmentOf('tenant');
    expect(environment).toMatchObject({ DATABASE_URL: platform.databaseUrl, NUBO_LOG_LEVEL: 'warn' });
    expect(environment.SMTP_URL).toBe(platform.smtpUrl);
    expect(readFileSync(environment.NUBO_JWT_KEY_FILE, 'utf8')).toContain('PRIVATE KEY');
  });

  it('lets each service log in to the bus as itself', async () => {
    for (const name of SERVICES) {
      const url = new URL((await environmentOf(name)).NATS_URL);
      expect(url.username).toBe(name);
      const bus = await connect({ servers: url.host, user: url.username, pass: url.password });
      await bus.close();
    }
  });

  it('brings a killed service back on the same port', async () => {
    const { compute } = platform.services;
    const first = compute.pid;
    compute.kill('SIGKILL');
    await compute.untilReady();
    expect(compute.pid).not.toBe(first);
    expect((await environmentOf('compute')).NUBO_HTTP_PORT).toBe(new URL(compute.healthUrl).port);
  });

  it('brings a killed Postgres back with its data', async () => {
    await query(platform.databaseUrl, "INSERT INTO note VALUES ('kept')");
    platform.postgres?.kill('SIGKILL');
    await platform.postgres?.untilReady();
    expect(await query(platform.databaseUrl, 'SELECT text FROM note')).toEqual([{ text: 'kept' }]);
  });

  it('brings a killed bus back', async () => {
    platform.nats?.kill('SIGKILL');
    await platform.nats?.untilReady();
    const url = new URL(platform.natsAdminUrl);
    const bus = await connect({ servers: url.host, user: url.username, pass: url.password });
    await bus.close();
  });

  it('keeps data and keys across a stop, which leaves no process', async () => {
    const before = await environmentOf('gateway');
    const key = readFileSync(before.NUBO_JWT_PUBLIC_KEY_FILE, 'utf8');
    await platform.stop();
    expect(processesIn(join(folder, 'data', 'postgres'))).toEqual([]);
    platform = await start();
    expect(await query(platform.databaseUrl, 'SELECT text FROM note')).toEqual([{ text: 'kept' }]);
    expect(readFileSync((await environmentOf('gateway')).NUBO_JWT_PUBLIC_KEY_FILE, 'utf8')).toBe(key);
  });

  it('says which service is not built, and leaves nothing running', async () => {
    const dataDir = join(folder, 'other');
    const broken = startPlatform({
      dataDir,
      appsDir: join(folder, 'nowhere'),
      mail: 'catcher',
      fsync: false,
      httpPort: await freePort(),
    });
    await expect(broken).rejects.toThrow('The service gateway is not built');
    expect(processesIn(join(dataDir, 'postgres'))).toEqual([]);
  });

  it('says that the port is taken', async () => {
    const httpPort = Number(new URL(platform.gatewayUrl).port);
    const second = startPlatform({ dataDir: join(folder, 'other'), mail: 'catcher', fsync: false, httpPort });
    await expect(second).rejects.toThrow(`Port ${httpPort} is taken`);
  });

  const environmentOf = async (name: keyof Platform['services']): Promise<Record<string, string>> => {
    const response = await fetch(platform.services[name].healthUrl);
    return (await response.json()) as Record<string, string>;
  };
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
