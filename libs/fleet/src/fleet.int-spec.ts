import { randomUUID } from 'node:crypto';
import type { HostRole, HostState } from '@nubo/contracts';
import { Intentions, type Database } from '@nubo/persistence';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import { Fleet } from './fleet';
import { FLEET_SCHEMA } from './fleet.module';
import { Host } from './host.entity';
import { HostsAccess, targetOf } from './hosts-access';

jest.setTimeout(60_000);

let testing: TestDatabase;
let fleet: Fleet;
beforeAll(async () => {
  testing = await testDatabase([{ schema: 'reader', entities: [], migrations: [] }, FLEET_SCHEMA]);
  fleet = new Fleet(new Intentions({ manager: testing.em } as Database));
});
afterAll(() => testing?.stop());
beforeEach(() => testing.em.query('TRUNCATE fleet.hosts'));

let count = 0;
async function host(state: HostState, roles: HostRole[] = ['compute']): Promise<Host> {
  count += 1;
  const row = Object.assign(new Host(), {
    id: randomUUID(),
    name: `h${count}`,
    userId: randomUUID(),
    state,
    address: `192.0.2.${count}`,
    user: 'root',
    hostKey: 'SHA256:invented',
    roles,
    location: 'loc1',
  });
  return testing.em.save(row);
}

describe('the fleet', () => {
  it('is not known while the database starts, which is told as such', async () => {
    const starting = Object.assign(new Error('the database system is not yet accepting connections'), {
      code: '57P03',
    });
    const find = () => Promise.reject(starting);
    const away = new Fleet(new Intentions({ manager: { find, findOneBy: find } } as unknown as Database));
    for (const look of [away.all(), away.withRole('compute'), away.find(randomUUID())])
      await expect(look).rejects.toMatchObject({ kind: 'unavailable', code: 'database_unavailable' });
  });

  it('gives work to hosts of the role that answered lately', async () => {
    const usable = [await host('ready'), await host('suspect', ['network', 'compute'])];
    await host('ready', ['network']);
    await Promise.all((['enrolling', 'down', 'error'] as HostState[]).map((state) => host(state)));
    const found = await fleet.withRole('compute');
    expect(found.map(({ id }) => id)).toEqual(usable.map(({ id }) => id).sort());
  });

  it('knows every host, and none that is not there', async () => {
    const one = await host('down');
    expect((await fleet.all()).map(({ id }) => id)).toEqual([one.id]);
    expect((await fleet.find(one.id))?.name).toBe(one.name);
    expect(await fleet.find(randomUUID())).toBeNull();
  });

  it('has one host per name and one per address', async () => {
    const one = await host('ready');
    const twin = { ...one, id: randomUUID() };
    await expect(testing.em.insert(Host, { ...twin, name: 'other' })).rejects.toThrow('hosts_address');
    await expect(testing.em.insert(Host, { ...twin, port: 2222 })).rejects.toThrow('hosts_name');
  });

  it('is reached as the login that the host was enrolled with, by the pinned key', async () => {
    const one = await host('ready');
    expect(targetOf(one)).toEqual({
      id: one.id,
      address: one.address,
      port: 22,
      user: 'root',
      hostKey: 'SHA256:invented',
      sudo: false,
    });
    expect(targetOf(Object.assign(one, { user: 'nubo' }))).toMatchObject({ user: 'nubo', sudo: true });
  });

  it('has no way to a host that is not enrolled', async () => {
    const access = new HostsAccess(fleet);
    await expect(access.reach(randomUUID())).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'host_unknown',
    });
    access.onApplicationShutdown();
  });
});
