import { randomUUID } from 'node:crypto';
import { FLEET_SCHEMA, Fleet, Host } from '@nubo/fleet';
import { Intentions } from '@nubo/persistence';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import { COMPUTE_SCHEMA } from '../compute.schema';
import { PlacementService } from './placement.service';

jest.setTimeout(60_000);

const small = { vcpus: 1, memoryMib: 512, diskGib: 1 };

let database: TestDatabase;
let placement: PlacementService;
beforeAll(async () => {
  database = await testDatabase([COMPUTE_SCHEMA, FLEET_SCHEMA]);
  placement = new PlacementService(new Fleet(new Intentions({ manager: database.em } as never)));
});
beforeEach(() => database.em.deleteAll(Host));
afterAll(() => database?.stop());

async function host(name: string, change: Partial<Host> = {}): Promise<string> {
  const id = randomUUID();
  const own = { id, name, userId: 'root', state: 'ready' as const, location: 'loc1' };
  const login = { address: name, port: 22, user: 'root', hostKey: 'SHA256:x', roles: ['compute' as const] };
  const room = { vcpus: 4, memoryMib: 8192, diskGib: 100 };
  await database.em.insert(Host, { ...own, ...login, ...room, ...change });
  return id;
}

const place = (wanted: Parameters<PlacementService['place']>[1]): Promise<Host> =>
  database.em.transaction((em) => placement.place(em, wanted));

describe('placement', () => {
  it('gives away exactly what the hosts have, however many ask at once', async () => {
    const ids = [await host('h1'), await host('h2')];
    const asked = await Promise.allSettled(Array.from({ length: 200 }, () => place(small)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(8);
    for (const id of ids) {
      const row = await database.em.findOneByOrFail(Host, { id });
      expect([row.usedVcpus, row.usedMemoryMib, row.usedDiskGib]).toEqual([4, 2048, 4]);
    }
  });

  it('spreads guests', async () => {
    await host('h1');
    await host('h2');
    const names = [];
    for (let n = 0; n < 4; n += 1) names.push((await place(small)).name);
    expect(names).toEqual(['h1', 'h2', 'h1', 'h2']);
  });

  it('says how many hosts it looked at and why each was refused', async () => {
    await host('h1', { state: 'down' });
    await host('h2', { location: 'loc2' });
    await host('h3', { usedMemoryMib: 8000 });
    await expect(place({ ...small, location: 'loc1' })).rejects.toMatchObject({
      kind: 'exhausted',
      code: 'no_host_with_room',
      details: {
        examined: 3,
        refused: expect.arrayContaining([
          { host: 'h1', reason: 'is down' },
          { host: 'h2', reason: 'is in loc2' },
          { host: 'h3', reason: 'has 192 MiB of memory left, 512 wanted' },
        ]) as unknown,
      },
    });
  });

  it('gets back what a guest had, and no more', async () => {
    const id = await host('h1');
    await place(small);
    await placement.release(database.em, id, small);
    await placement.release(database.em, id, small);
    const row = await database.em.findOneByOrFail(Host, { id });
    expect([row.usedVcpus, row.usedMemoryMib, row.usedDiskGib]).toEqual([0, 0, 0]);
    await placement.release(database.em, randomUUID(), small);
  });

  it('takes nothing when its caller’s transaction is undone', async () => {
    const id = await host('h1');
    const undone = database.em.transaction(async (em) => {
      await placement.place(em, small);
      throw new TypeError('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await database.em.findOneByOrFail(Host, { id })).toMatchObject({ usedVcpus: 0 });
  });
});
