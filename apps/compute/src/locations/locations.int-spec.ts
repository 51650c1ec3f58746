import { randomUUID } from 'node:crypto';
import { FLEET_SCHEMA, Fleet } from '@nubo/fleet';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import { Container, Vm } from '../../../../libs/entities/src/compute';
import { COMPUTE_SCHEMA } from '../compute.schema';
import { LocationsService } from './locations.service';

jest.setTimeout(60_000);

let database: TestDatabase;
let locations: LocationsService;
beforeAll(async () => {
  database = await testDatabase([COMPUTE_SCHEMA, FLEET_SCHEMA]);
  const manager = { manager: database.em } as never;
  locations = new LocationsService(new Fleet(manager), manager);
});
afterAll(() => database?.stop());

interface Whose {
  tenantId: string;
  userId: string;
}
const somebody = (tenantId: string = randomUUID()): Whose => ({ tenantId, userId: randomUUID() });
const base = (whose: Whose) => ({
  ...{ id: randomUUID(), name: 'guest', ...whose, imageId: randomUUID(), hostId: randomUUID() },
  ...{ state: 'running' as const, wantedState: 'running' as const, memoryMib: 64 },
});
const vm = (whose: Whose, location: string, more: Partial<Vm> = {}) =>
  database.em.insert(Vm, { ...base(whose), location, vcpus: 1, diskGib: 1, ...more });
const container = (whose: Whose, location: string, more: Partial<Container> = {}) =>
  database.em.insert(Container, {
    ...base(whose),
    ...{ location, cpu: 100, pids: 64, idSlot: 1, restart: 'always' as const, ...more },
  });

describe('the places of a user', () => {
  it('are where the own VMs and containers run, with most of them first', async () => {
    const who = somebody();
    await vm(who, 'loc1');
    await vm(who, 'loc2');
    await container(who, 'loc2');
    expect(await locations.ofUser(who)).toEqual([
      { name: 'loc2', instances: 2 },
      { name: 'loc1', instances: 1 },
    ]);
  });

  it('are none of others, of the same tenant or under another one', async () => {
    const who = somebody();
    await vm(somebody(who.tenantId), 'loc1');
    await container({ ...who, tenantId: randomUUID() }, 'loc2');
    expect(await locations.ofUser(who)).toEqual([]);
  });

  it('are none where nothing runs, or only what a service keeps', async () => {
    const who = somebody();
    await vm(who, 'loc1', { state: 'stopped' });
    await container(who, 'loc1', { state: 'error' });
    await container(who, 'loc2', { managedBy: 'cdn' });
    await vm(who, 'loc2', { managedBy: 'cdn' });
    expect(await locations.ofUser(who)).toEqual([]);
  });
});
