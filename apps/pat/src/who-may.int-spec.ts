/** Who may do what in port translation: every operation for people, as everybody. */
import { randomUUID } from 'node:crypto';
import {
  createMapping,
  deleteMapping,
  getMapping,
  listMappings,
  updateMapping,
  type Principal,
} from '@nubo/contracts';
import { Database } from '@nubo/persistence';
import { openAccount } from '@nubo/quota';
import {
  actorsAround,
  contextOf,
  expectedOf,
  granteesOf,
  probe,
  readers,
  readersWith,
  someone,
  testApp,
  testDatabase,
  unclassified,
  verdicts,
  type Actors,
  type Probe,
  type TestApp,
  type TestDatabase,
} from '@nubo/testing';
import { PatModule } from './pat.module';
import { RouterNatDriver } from './router-nat/router-nat.driver';
import { NetworkInMemory } from './testing/network-in-memory';
import { RoutersInMemory } from './testing/routers-in-memory';

jest.setTimeout(60_000);

interface Made {
  actors: Actors;
  mapping: string;
  port: string;
  instance: string;
}

const PROBES: Probe<Made>[] = [
  probe(listMappings, 'user'),
  probe(createMapping, 'manage', ({ instance: vmId }) => ({ vmId, targetPort: 80 }), 'to a VM'),
  probe(
    createMapping,
    'manage',
    ({ instance: containerId }) => ({ containerId, targetPort: 80 }),
    'to a container',
  ),
  probe(createMapping, 'manage', ({ port: portId }) => ({ portId, targetPort: 80 }), 'to a NIC'),
  probe(getMapping, 'unshared', ({ mapping: id }) => ({ id })),
  probe(updateMapping, 'unshared', ({ mapping: id }) => ({ id, metadata: {} })),
  probe(deleteMapping, 'unshared', ({ mapping: id }) => ({ id })),
];

describe('who may do what with mappings', () => {
  const network = new NetworkInMemory();
  let database: TestDatabase;
  let app: TestApp;
  let made: Made;

  beforeAll(async () => {
    database = await testDatabase();
    app = await testApp(PatModule, 'pat', { overrides: [[RouterNatDriver, new RoutersInMemory()]] });
    await network.answer(app);
    const maker = someone('member');
    const actors = actorsAround(maker);
    for (const who of [maker, actors.stranger])
      await openAccount(app.get(Database).manager, who?.tenantId ?? '');
    made = await furnish(maker, actors);
  });
  afterAll(async () => {
    await app?.stop();
    await database?.stop();
  });

  async function furnish(maker: Principal, actors: Actors): Promise<Made> {
    const router = network.router(randomUUID(), maker.tenantId);
    const { id: port, instanceId: instance } = network.port(router);
    for (const [{ userId }, level] of [[maker, 'manage'] as const, ...granteesOf(actors)])
      for (const id of [router.id, port]) network.grants.set(`${id} ${userId}`, level);
    const { id: mapping } = await app.call(createMapping, contextOf(maker), { portId: port, targetPort: 22 });
    return { actors, mapping, port, instance };
  }

  it('is said for every operation', () => {
    expect(unclassified('pat', PROBES)).toEqual([]);
  });

  it.each(PROBES.map((each): [string, Probe<Made>] => [`${each.op.subject} ${each.how ?? ''}`, each]))(
    '%s',
    async (_, each) => {
      expect(await verdicts(app, made.actors, each, made)).toEqual(expectedOf(each));
    },
  );

  it('lists only what can be seen', async () => {
    expect(await readers(app, made.actors, listMappings, [made.mapping])).toEqual(readersWith('unshared'));
  });

  it('does not open the router to who has a NIC on a shared subnet only', async () => {
    const tenant = someone('owner');
    await openAccount(app.get(Database).manager, tenant.tenantId ?? '');
    const theirs = network.router(randomUUID(), randomUUID());
    const port = Object.assign(network.port(theirs), { tenantId: tenant.tenantId });
    const map = () => app.call(createMapping, contextOf(tenant), { portId: port.id, targetPort: 22 });
    await expect(map()).rejects.toMatchObject({ kind: 'forbidden', code: 'router_not_yours' });
    network.grants.set(`${theirs.id} ${tenant.userId}`, 'use');
    expect(await map()).toMatchObject({ routerId: theirs.id, tenantId: tenant.tenantId });
  });
});
