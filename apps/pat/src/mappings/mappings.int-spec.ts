import { randomUUID } from 'node:crypto';
import {
  createMapping,
  deleteMapping,
  getMapping,
  listMappings,
  portDeleted,
  routerDeleted,
  tenantClosing,
  userClosing,
  updateMapping,
  type CreateMapping,
  type MappingView,
  type PortView,
  type Principal,
  type RouterView,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { Database } from '@nubo/persistence';
import { ledgerCount, openAccount } from '@nubo/quota';
import {
  contextOf,
  eventually,
  someone,
  testApp,
  testDatabase,
  type TestApp,
  type TestDatabase,
} from '@nubo/testing';
import type { EntityManager } from 'typeorm';
import { Mapping } from '../../../../libs/entities/src/pat';
import { PatModule } from '../pat.module';
import { RouterNatDriver } from '../router-nat/router-nat.driver';
import { NetworkInMemory } from '../testing/network-in-memory';
import { RoutersInMemory } from '../testing/routers-in-memory';

describe('mappings', () => {
  const routers = new RoutersInMemory();
  const network = new NetworkInMemory();
  let database: TestDatabase;
  let app: TestApp;
  let em: EntityManager;
  let ada: Principal;
  let router: RouterView;
  let port: PortView;

  beforeAll(async () => {
    database = await testDatabase();
    app = await testApp(PatModule, 'pat', {
      overrides: [[RouterNatDriver, routers]],
      settings: { NUBO_PAT_PORTS: '4000-4009' },
    });
    await network.answer(app);
    em = app.get(Database).manager;
  }, 30_000);

  afterAll(async () => {
    await app.stop();
    await database.stop();
  });

  beforeEach(async () => {
    ada = someone('owner');
    await openAccount(em, ada.tenantId ?? '');
    router = network.router(await host(), ada.tenantId);
    port = network.port(router);
    routers.failure = undefined;
  });

  async function host(state: Host['state'] = 'ready'): Promise<string> {
    const id = randomUUID();
    const address = `192.0.2.${Math.floor(Math.random() * 250)}-${id.slice(0, 4)}`;
    await em.insert(Host, {
      id,
      name: id,
      userId: 'test',
      state,
      address,
      user: 'root',
      hostKey: 'SHA256:test',
      roles: ['network'],
      location: 'loc1',
    });
    return id;
  }

  const make = (input: Partial<CreateMapping> = {}, who = ada): Promise<MappingView> =>
    app.call(createMapping, contextOf(who), { portId: port.id, targetPort: 22, ...input });
  const active = (id: string) =>
    eventually(async () => {
      const view = await app.call(getMapping, contextOf(ada), { id });
      return view.state === 'active' ? view : undefined;
    });
  const table = () => routers.tables.get(router.namespace)?.forwards ?? [];
  const gone = (id: string) => eventually(async () => !(await em.existsBy(Mapping, { id })));

  it('get the lowest free external port and stand in the router', async () => {
    const first = await make();
    const second = await make({ targetPort: 80 });
    expect([first.externalPort, second.externalPort]).toEqual([4000, 4001]);
    expect(await active(second.id)).toMatchObject({
      externalIp: '203.0.113.7',
      targetIp: '190.0.0.10',
      name: 'tcp-4001',
    });
    await active(first.id);
    expect(table().map((f) => [f.externalPort, f.targetIp, f.targetPort])).toEqual(
      expect.arrayContaining([
        [4000, '190.0.0.10', 22],
        [4001, '190.0.0.10', 80],
      ]),
    );
  });

  it('can name the VM instead of its NIC, and an external port of their own', async () => {
    const view = await make({
      portId: undefined,
      vmId: port.instanceId,
      externalPort: 4005,
      protocol: 'udp',
    });
    expect(view).toMatchObject({ portId: port.id, externalPort: 4005, protocol: 'udp' });
  });

  it('can name a container, which is called one when it is not there', async () => {
    const view = await make({ portId: undefined, containerId: port.instanceId });
    expect(view).toMatchObject({ portId: port.id, instanceId: port.instanceId });
    const missing = make({ portId: undefined, containerId: randomUUID() });
    await expect(missing).rejects.toMatchObject({ kind: 'not_found', code: 'container_not_found' });
  });

  it.each([
    [{ targetPort: 0 }, 'targetPort'],
    [{ targetPort: 70_000 }, 'targetPort'],
    [{ externalPort: 3999 }, 'externalPort'],
    [{ portId: undefined }, 'vmId'],
    [{ vmId: randomUUID() }, 'vmId'],
    [{ containerId: randomUUID() }, 'containerId'],
    [{ protocol: 'icmp' as 'tcp' }, 'protocol'],
    [{ name: 'No Name' }, 'name'],
    [{ colour: 'blue' } as Partial<CreateMapping>, 'colour'],
  ])('refuse %j and name the field', async (input, field) => {
    const before = await em.count(Mapping);
    await expect(make(input)).rejects.toMatchObject({
      kind: 'invalid',
      details: { fields: [expect.objectContaining({ field })] },
    });
    expect(await em.count(Mapping)).toBe(before);
  });

  it('give one external port to one mapping only', async () => {
    await make({ externalPort: 4003 });
    await expect(make({ externalPort: 4003 })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'port_taken',
    });
    await expect(make({ externalPort: 4003, protocol: 'udp' })).resolves.toMatchObject({
      externalPort: 4003,
    });
  });

  it('say the numbers when all ports are taken, whoever asks at the same time', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 14 }, () => make()));
    const ports = tries.flatMap((t) => (t.status === 'fulfilled' ? [t.value.externalPort] : []));
    expect(new Set(ports).size).toBe(10);
    expect(tries.filter((t) => t.status === 'rejected')).toHaveLength(4);
    await expect(make()).rejects.toMatchObject({
      kind: 'exhausted',
      code: 'no_free_port',
      details: { used: 10 },
    });
  });

  it('are not found by another tenant, nor made on its ports', async () => {
    const view = await make();
    const grace = someone('owner');
    await openAccount(em, grace.tenantId ?? '');
    for (const op of [getMapping, deleteMapping])
      await expect(app.call(op, contextOf(grace), { id: view.id })).rejects.toMatchObject({
        kind: 'not_found',
      });
    await expect(
      app.call(updateMapping, contextOf(grace), { id: view.id, targetPort: 80 }),
    ).rejects.toMatchObject({ kind: 'not_found' });
    await expect(make({}, grace)).rejects.toMatchObject({ kind: 'not_found' });
    expect((await app.call(listMappings, contextOf(grace), {})).items).toEqual([]);
    await expect(app.call(listMappings, contextOf(null), {})).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
  });

  it('are repointed in the router before old flows end', async () => {
    const view = await active((await make()).id);
    routers.log.length = 0;
    await app.call(updateMapping, contextOf(ada, { ifMatch: view.version }), {
      id: view.id,
      targetPort: 2222,
    });
    await eventually(() => table()[0].targetPort === 2222);
    expect(await active(view.id)).toMatchObject({ version: 2, targetPort: 2222 });
    expect(routers.log).toEqual(['map', 'flows 4000']);
    await expect(
      app.call(updateMapping, contextOf(ada, { ifMatch: 1 }), { id: view.id, targetPort: 1 }),
    ).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('leave router, table and quota when they are deleted', async () => {
    const view = await active((await make()).id);
    await app.call(deleteMapping, contextOf(ada), { id: view.id });
    await gone(view.id);
    expect(routers.tables.has(router.namespace)).toBe(false);
    expect(await ledgerCount(em, ada.tenantId ?? '')).toBe(0);
    const left = () => em.query<unknown[]>('SELECT 1 FROM work WHERE resource_id = $1', [router.id]);
    await eventually(async () => (await left()).length === 0);
  });

  it('go when their port goes', async () => {
    const view = await active((await make()).id);
    network.ports.delete(port.id);
    await app.bus.publish(portDeleted, { portId: port.id, instanceId: port.instanceId, vpcId: router.id });
    await gone(view.id);
    expect(table()).toEqual([]);
  });

  it('go when the monitor finds that their port is gone, even without an event', async () => {
    const view = await active((await make()).id);
    network.ports.delete(port.id);
    await lookAgain(view.id);
    await gone(view.id);
  });

  it('follow their port to another address', async () => {
    const view = await active((await make()).id);
    network.ports.set(port.id, { ...port, ip: '190.0.0.99' });
    await lookAgain(view.id);
    await eventually(() => table()[0]?.targetIp === '190.0.0.99');
    expect(await app.call(getMapping, contextOf(ada), { id: view.id })).toMatchObject({
      targetIp: '190.0.0.99',
    });
  });

  it('are repaired when somebody took the table away', async () => {
    const view = await active((await make()).id);
    routers.tables.delete(router.namespace);
    await lookAgain(view.id);
    await eventually(() => table().length === 1);
  });

  it('go with their router and with their tenant', async () => {
    const view = await active((await make()).id);
    network.routers.delete(router.id);
    await app.bus.publish(routerDeleted, { routerId: router.id });
    await gone(view.id);
    router = network.router(await host(), ada.tenantId);
    port = network.port(router);
    const other = await active((await make()).id);
    await app.bus.publish(tenantClosing, { tenantId: ada.tenantId ?? '' });
    await gone(other.id);
    expect(await ledgerCount(em, ada.tenantId ?? '')).toBe(0);
  });

  it('go with the user who made them, and no others do', async () => {
    const [kept, mine] = [await active((await make()).id), await active((await make()).id)];
    const userId = someone('member').userId;
    await em.update(Mapping, { id: mine.id }, { userId });
    await app.bus.publish(userClosing, { userId, tenantId: ada.tenantId });
    await gone(mine.id);
    expect(await app.call(getMapping, contextOf(ada), { id: kept.id })).toMatchObject({ state: 'active' });
  });

  it.each(['down', 'error'] as const)('can be deleted while the router’s host is in %s', async (state) => {
    const view = await active((await make()).id);
    await em.update(Host, { id: router.hostId }, { state });
    routers.failure = new Error('no route to host');
    await app.call(deleteMapping, contextOf(ada), { id: view.id });
    await gone(view.id);
  });

  it('say what went wrong when the router cannot be programmed in time, and recover', async () => {
    const { name, address, port: ssh } = await em.findOneByOrFail(Host, { id: router.hostId });
    routers.failure = new Error(`host ${address}:${ssh}: nft: command not found`);
    const { id } = await make();
    await timeIsUp();
    const failed = await eventually(async () => {
      const view = await app.call(getMapping, contextOf(ada), { id });
      return view.state === 'error' ? view : undefined;
    });
    expect(failed.stateReason).toContain(`host ${name}: nft: command not found`);
    routers.failure = undefined;
    await active(id);
  });

  it('say why they are not gone yet when the router cannot be programmed in time', async () => {
    const { id } = await active((await make()).id);
    routers.failure = new Error('nft: command not found');
    await app.call(deleteMapping, contextOf(ada), { id });
    await timeIsUp();
    const view = () => app.call(getMapping, contextOf(ada), { id });
    await eventually(async () => (await view()).stateReason?.includes('nft: command not found'));
    expect((await view()).state).toBe('deleting');
    routers.failure = undefined;
    await gone(id);
  });

  it('count against the quota', async () => {
    await em.query('UPDATE quota.usage SET "limit" = 1 WHERE tenant_id = $1 AND kind = \'mappings\'', [
      ada.tenantId,
    ]);
    await make();
    await expect(make()).rejects.toMatchObject({
      code: 'quota_exceeded',
      details: { kind: 'mappings', limit: 1, used: 1, requested: 1 },
    });
  });

  const timeIsUp = (): Promise<unknown> =>
    em.query(
      "UPDATE work SET deadline_at = now() - interval '1 second', due_at = now() WHERE resource_id = $1",
      [router.id],
    );

  /** What the monitor does every 30 s, now. */
  async function lookAgain(id: string): Promise<void> {
    await em.query("UPDATE mappings SET verified_at = now() - interval '1 minute' WHERE id = $1", [id]);
    await em.query('UPDATE work SET due_at = now() WHERE resource_id = $1', [router.id]);
  }
});
