/** The gateway while its bus is away. */
import { rmSync } from 'node:fs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { overrideSettings } from '@nubo/config';
import { listVpcs } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import { freePort } from '../../../stack/ports';
import type { Server } from '../../../stack/server';
import { temporaryFolder } from '../../../stack/testing';
import { StandIns } from './testing/stand-ins';
import { settingsOf, startGateway, testNats, urlOf } from './testing/test-gateway';
import { claimsOf, es256Pair, signed } from './testing/tokens';

jest.setTimeout(60_000);

describe('without a bus the gateway', () => {
  const keys = es256Pair();
  const folder = temporaryFolder();
  let port: number;
  let app: NestFastifyApplication;
  let nats: Server | undefined;
  let restore: () => void;
  beforeAll(async () => {
    port = await freePort();
    restore = overrideSettings(settingsOf(`nats://127.0.0.1:${port}`, keys));
    app = await startGateway();
  });
  afterAll(async () => {
    await app?.close();
    await nats?.stop();
    restore();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (path: string, token?: string): Promise<Response> =>
    fetch(`${urlOf(app)}${path}`, { headers: token ? { Authorization: token } : {} });
  const untilReady = (): Promise<boolean> => eventually(async () => (await ask('/health/ready')).ok);

  it('lives, and says what it misses', async () => {
    expect((await ask('/health/live')).status).toBe(200);
    const ready = await ask('/health/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      error: { bus: { status: 'down' }, revocations: { status: 'down' } },
    });
  });

  it('lets nobody in on sessions that may have been revoked', async () => {
    const response = await ask('/iaas/vpcs', signed(claimsOf(), keys));
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ status: 503, code: 'sessions_not_loaded' });
  });

  it('still tells a forged session from a genuine one', async () => {
    expect((await ask('/iaas/vpcs', signed(claimsOf(), es256Pair()))).status).toBe(401);
  });

  it('works as soon as the bus is there, without a new start', async () => {
    nats = await testNats(folder, port);
    await untilReady();
    const response = await ask('/iaas/vpcs', signed(claimsOf(), keys));
    expect(await response.json()).toMatchObject({ status: 503, code: 'service_unavailable' });
    const url = new URL(`nats://admin:test@127.0.0.1:${port}`).toString();
    const services = await StandIns.open(url, new Map([[listVpcs.subject, { items: [] }]]));
    expect((await ask('/iaas/vpcs', signed(claimsOf(), keys))).status).toBe(200);
    await services.bus.stop();
  });

  it('answers 503 when the bus goes away, and works when it is back', async () => {
    nats?.kill('SIGKILL');
    await nats?.exited;
    const token = signed(claimsOf(), keys);
    await eventually(async () => {
      const { code } = (await (await ask('/iaas/vpcs', token)).json()) as { code: string };
      return code === 'bus_unavailable';
    });
    nats = await testNats(folder, port);
    await untilReady();
    const back = await ask('/iaas/vpcs', token);
    expect(await back.json()).toMatchObject({ code: 'service_unavailable' });
  });
});
