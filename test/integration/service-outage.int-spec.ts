import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { overrideSettings } from '@nubo/config';
import { listMappings, NuboError, tenantClosing, type Page } from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import { Database } from '@nubo/persistence';
import { startService } from '@nubo/service';
import { contextOf, eventually, someone, TestBus } from '@nubo/testing';
import { PatModule } from '../../apps/pat/src/pat.module';
import { removeFolder } from '../../stack/files';
import { type NatsOptions, openNatsConfig, startNats } from '../../stack/nats';
import { freePort } from '../../stack/ports';
import { type PostgresOptions, startPostgres } from '../../stack/postgres';
import { processesIn, sendSignal } from '../../stack/process-table';
import { type Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';

jest.setTimeout(60_000);

interface Health {
  status: number;
  /** Parts that do not answer. */
  missing: string[];
}

let folder: string;
let postgresOptions: PostgresOptions;
let natsOptions: NatsOptions;
let postgres: Server | undefined;
let nats: Server | undefined;
let restore: () => void;
let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  folder = temporaryFolder();
  const [database, bus] = [await freePort(), await freePort()];
  const login = { user: 'admin', password: 'test' };
  postgresOptions = { dir: join(folder, 'pg'), port: database, password: 'test', fsync: false };
  natsOptions = { dir: join(folder, 'nats'), port: bus, config: openNatsConfig('test'), login };
  restore = overrideSettings({
    DATABASE_URL: `postgres://nubo:test@127.0.0.1:${database}/nubo`,
    NATS_URL: `nats://admin:test@127.0.0.1:${bus}`,
    NUBO_SERVICE: 'pat',
    NUBO_HTTP_PORT: '0',
  });
  app = await startService(PatModule, 'pat');
  url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app?.close();
  await Promise.all([postgres?.stop(), nats?.stop()]);
  restore?.();
  removeFolder(folder);
});

const startDatabase = async (): Promise<Server> => (postgres = await startPostgres(postgresOptions));
const startBus = async (): Promise<Server> => (nats = await startNats(natsOptions));
async function kill(server: Server | undefined): Promise<void> {
  server?.kill('SIGKILL');
  await server?.exited;
}

async function health(): Promise<Health> {
  const answer = await fetch(`${url}/health/ready`);
  const { error } = (await answer.json()) as { error?: Record<string, { status: string }> };
  return { status: answer.status, missing: Object.keys(error ?? {}).sort() };
}

async function untilMissing(...missing: string[]): Promise<void> {
  const status = missing.length > 0 ? 503 : 200;
  await eventually(async () => {
    expect(await health()).toEqual({ status, missing: missing.sort() });
    return true;
  });
}

const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
const CLOSINGS = /^nubo_events_total\{event="tenant\.tenant\.closing",direction="consumed"\} (\d+)/m;
const closings = async (): Promise<number> => Number(CLOSINGS.exec(await metrics())?.[1] ?? 0);
const live = async (): Promise<number> => (await fetch(`${url}/health/live`)).status;
const list = (): Promise<Page<object>> => app.get(Bus).call(listMappings, contextOf(someone()), {});

describe('a service', () => {
  it('lives without database and bus, and says what is missing', async () => {
    expect(await live()).toBe(200);
    expect(await health()).toEqual({ status: 503, missing: ['bus', 'database'] });
    await expect(list()).rejects.toBeInstanceOf(NuboError);
  });

  it('becomes ready when both have come', async () => {
    await startDatabase();
    await untilMissing('bus');
    await startBus();
    await untilMissing();
    expect(await eventually(list)).toEqual({ items: [] });
  });

  it('tells its callers at once that its database is away, and goes on when it is back', async () => {
    await kill(postgres);
    await untilMissing('database');
    expect(await live()).toBe(200);
    await expect(list()).rejects.toMatchObject({ kind: 'unavailable', code: 'database_unavailable' });
    await startDatabase();
    await untilMissing();
    expect(await list()).toEqual({ items: [] });
  });

  it('is not ready while its database hangs', async () => {
    const hung = processesIn(postgresOptions.dir);
    hung.forEach((pid) => sendSignal(pid, 'SIGSTOP'));
    try {
      await untilMissing('database');
      expect(await live()).toBe(200);
    } finally {
      hung.forEach((pid) => sendSignal(pid, 'SIGCONT'));
    }
    await untilMissing();
  });

  it('answers and hears again after the bus was killed', async () => {
    await kill(nats);
    await untilMissing('bus');
    await expect(list()).rejects.toMatchObject({ kind: 'unavailable' });
    await startBus();
    await untilMissing();
    expect(await eventually(list)).toEqual({ items: [] });
    const tenantId = '0b5e7f62-2f6e-4c6f-8a24-1f3a0a0f7c11';
    const keys = app.get(Database).manager;
    await keys.query(
      `INSERT INTO idempotency (user_id, key, tenant_id, request_hash) VALUES ('u', 'k', $1, 'h')`,
      [tenantId],
    );
    const heard = await closings();
    const bus = await TestBus.open(nats!.url);
    await eventually(() => bus.publish(tenantClosing, { tenantId }).then(() => true));
    await eventually(async () => (await keys.query<object[]>('SELECT 1 FROM idempotency')).length === 0);
    await eventually(async () => (await closings()) > heard);
    await bus.stop();
  });

  it('shows its figures', async () => {
    const text = await metrics();
    expect(text).toMatch(/nubo_operation_seconds_count\{operation="pat\.mappings\.list",result="ok"\} \d/);
    expect(text).toMatch(/nubo_operation_seconds_count\{operation="pat\.mappings\.list",result="error"\} \d/);
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('stops in time although database and bus are away', async () => {
    await Promise.all([kill(postgres), kill(nats)]);
    const started = performance.now();
    await app.close();
    expect(performance.now() - started).toBeLessThan(4_000);
  });
});
