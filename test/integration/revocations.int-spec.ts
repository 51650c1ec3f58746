/** Epochs of sessions in the bucket of the bus, written with the permissions that the tenant service really has. */
import { randomUUID } from 'node:crypto';
import { REVOCATION_BUCKET, type Revocation } from '@nubo/contracts';
import { Revocations, type BusConnection } from '@nubo/messaging';
import { connect, type KV, type NatsConnection } from 'nats';
import { testNats } from '../../apps/gateway/src/testing/test-gateway';
import { removeFolder } from '../../stack/files';
import { freePort } from '../../stack/ports';
import { type Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';

jest.setTimeout(30_000);

describe('the end of sessions', () => {
  const folder = temporaryFolder();
  let server: Server;
  let tenant: NatsConnection;
  let admin: NatsConnection;
  let bucket: KV;
  let revocations: Revocations;
  beforeAll(async () => {
    server = await testNats(folder, await freePort());
    const servers = new URL(server.url).host;
    const login = (user: string) => connect({ servers, user, pass: 'test', inboxPrefix: `_INBOX_${user}` });
    [tenant, admin] = [await login('tenant'), await login('admin')];
    revocations = new Revocations({ get: () => tenant } as unknown as BusConnection);
    await revocations.revoke(randomUUID(), 1);
    bucket = await admin.jetstream().views.kv(REVOCATION_BUCKET);
  });
  afterAll(async () => {
    await tenant?.close();
    await admin?.close();
    await server?.stop();
    removeFolder(folder);
  });

  const epochOf = async (id: string): Promise<number | undefined> =>
    (await bucket.get(id))?.json<Revocation>().epoch;

  it('goes on from epoch to epoch', async () => {
    const id = randomUUID();
    for (const epoch of [1, 2, 5]) {
      await revocations.revoke(id, epoch);
      expect(await epochOf(id)).toBe(epoch);
    }
  });

  it('is not taken back by one that comes late', async () => {
    const id = randomUUID();
    await revocations.revoke(id, 7);
    const { revision } = (await bucket.get(id)) ?? {};
    for (const late of [6, 1, 7]) await revocations.revoke(id, late);
    expect(await epochOf(id)).toBe(7);
    expect((await bucket.get(id))?.revision).toBe(revision);
  });

  it('is the highest of many that come at once', async () => {
    const id = randomUUID();
    const epochs = [3, 9, 1, 8, 2, 10, 4];
    await Promise.all(epochs.map((epoch) => revocations.revoke(id, epoch)));
    expect(await epochOf(id)).toBe(10);
  });

  it('is not taken back by one that has read before a higher one was written', async () => {
    const id = randomUUID();
    await revocations.revoke(id, 1);
    const views = tenant.jetstream().views;
    const kv = await views.kv(REVOCATION_BUCKET);
    let reads = 0;
    const slow = Object.assign(Object.create(kv) as KV, {
      get: async (key: string) => {
        const entry = await kv.get(key);
        reads += 1;
        if (reads === 1) await revocations.revoke(id, 9);
        return entry;
      },
    });
    const late = { jetstream: () => ({ views: { kv: async () => slow } }) };
    await new Revocations({ get: () => late } as unknown as BusConnection).revoke(id, 2);
    expect(await epochOf(id)).toBe(9);
    expect(reads).toBe(2);
  });

  it('is written again where it was removed', async () => {
    const id = randomUUID();
    await revocations.revoke(id, 4);
    await bucket.delete(id);
    await revocations.revoke(id, 4);
    expect(await epochOf(id)).toBe(4);
  });
});
