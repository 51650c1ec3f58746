import { randomUUID } from 'node:crypto';
import { text } from '@nubo/config';
import {
  containerChanged,
  deleteContainer,
  getContainer,
  getContainerUsage,
  listContainerTimeline,
  portDeleted,
  readContainerLogs,
  updateContainer,
  userClosing,
  type ContainerEvent,
  type ContainerView,
  type CreateContainer,
  type Principal,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { quotaDriftOf, userLedgerCount } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually } from '@nubo/testing';
import { connect, JSONCodec } from 'nats';
import { Container, HostLeftover } from '../../../../libs/entities/src/compute';
import { runOf } from '../testing/runs';
import { ComputeWorld, IMAGE_FILE } from '../vms/testing/compute-world';
import { ContainerInventory } from './container-inventory.reconciler';
import { ContainersReconciler } from './containers.reconciler';

jest.setTimeout(90_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;

beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
});
beforeEach(async () => {
  host = await world.host();
});
afterEach(async () => {
  world.runtime.ending.clear();
  world.runtime.faults.clear();
  await world.em.query(`UPDATE fleet.hosts SET state = 'down'`);
});
afterAll(() => world?.stop());

const show = (id: string) => world.app.call(getContainer, contextOf(owner), { id });
const becomes = (id: string, state: ContainerView['state']): Promise<ContainerView> =>
  eventually(async () => {
    const now = await show(id);
    if (now.state === state) return now;
    throw new TypeError(`${now.state}: ${now.stateReason}`);
  });
const make = (overrides: Partial<CreateContainer> = {}) => world.container(owner, overrides);
const running = async (overrides: Partial<CreateContainer> = {}) =>
  becomes((await make(overrides)).id, 'running');
const ask = (id: string, state: 'running' | 'stopped') =>
  world.app.call(updateContainer, contextOf(owner), { id, state });
const found = (id: string) => world.runtime.found(host.id, id);
const isGone = (id: string) => eventually(async () => !(await world.em.existsBy(Container, { id })));
const remove = (id: string) => world.app.call(deleteContainer, contextOf(owner), { id });
const wakeUp = (kind: string, id: string) => world.em.transaction((em) => wake(em, kind, id));
const timeline = async (id: string) => {
  const { items } = await world.app.call(listContainerTimeline, contextOf(owner), { id });
  return items.map(({ event }) => event).reverse();
};

describe('a container', () => {
  it('runs with what was asked for, stops, starts again and goes', async () => {
    const wish = { command: ['/bin/web', '-v'], env: { PORT: '80' }, cpu: 50, pids: 20, readOnly: true };
    const { id, nics, startedAt } = await running({ ...wish, memory: 32 });
    expect(nics[0]).toMatchObject({ ip: expect.any(String) as string });
    expect(startedAt).not.toBeNull();
    const { spec } = found(id) ?? {};
    expect(spec).toMatchObject({ ...wish, memoryMib: 32, image: IMAGE_FILE });
    await ask(id, 'stopped');
    expect(await becomes(id, 'stopped')).toMatchObject({ exitCode: 143, stateReason: null });
    await ask(id, 'running');
    await becomes(id, 'running');
    expect(found(id)?.starts).toBe(2);
    await remove(id);
    await isGone(id);
    expect(found(id)).toBeUndefined();
    expect(world.network.portsOf(id)).toEqual([]);
    expect(await quotaDriftOf(world.em)).toBe(0);
  });

  it('never shows its variables', async () => {
    const { id } = await running({ env: { SECRET: 'hush-hush' } });
    expect(JSON.stringify(await show(id))).not.toContain('hush');
    expect(found(id)?.spec.env).toEqual({ SECRET: 'hush-hush' });
    const [row]: { text: string }[] = await world.em.query(
      'SELECT c::text AS text FROM containers c WHERE id = $1',
      [id],
    );
    expect(row?.text).toContain(id);
    expect(row?.text).not.toContain('hush');
  });

  it('says why it cannot be started', async () => {
    const { id } = await make({ command: ['/missing'] });
    expect((await becomes(id, 'error')).stateReason).toBe('/missing: not found');
    await remove(id);
    await isGone(id);
  });

  it('has user ids of its own on its host', async () => {
    const all = await Promise.all([running(), running(), running()]);
    const firsts = all.map(({ id }) => found(id)?.spec.ids.first);
    expect(new Set(firsts).size).toBe(3);
  });

  it('tells what happened to it', async () => {
    const { id } = await running();
    const made = ['created', 'placed', 'image-ready', 'ports-ready', 'started'];
    expect(await timeline(id)).toEqual(made);
  });

  it('shows what it wrote, and nothing that a terminal would obey', async () => {
    const { id } = await running();
    Object.assign(found(id) ?? {}, { log: 'one\n\u001b[31mtwo\u0007\n' });
    const { text: said } = await world.app.call(readContainerLogs, contextOf(owner), { id, lines: 1 });
    expect(said).toBe('two^G\n');
  });

  it('counts what it used once, through its starts', async () => {
    const { id } = await running();
    const usage = () => world.app.call(getContainerUsage, contextOf(owner), { id });
    world.runtime.work(host.id, id, 'cpuSeconds', 3_500_000);
    world.runtime.work(host.id, id, 'networkInBytes', 100);
    await wakeUp('container-inventory', host.id);
    await eventually(async () => (await usage()).cpuSeconds === 3);
    world.runtime.work(host.id, id, 'networkInBytes', 50);
    await ask(id, 'stopped');
    await becomes(id, 'stopped');
    await ask(id, 'running');
    await becomes(id, 'running');
    world.runtime.work(host.id, id, 'networkInBytes', 7);
    await wakeUp('container-inventory', host.id);
    await eventually(async () => (await usage()).networkInBytes === 157);
  });
});

describe('a container that ends by itself', () => {
  const ends = (id: string, exitCode: number, outOfMemory = false) =>
    world.runtime.end(host.id, id, exitCode, outOfMemory);
  /** The inventory follows the host’s events. */
  const followed = () =>
    wakeUp('container-inventory', host.id).then(() =>
      eventually(() => world.runtime.faults.calls.includes('watch')),
    );

  it('is started again, and says how it had ended', async () => {
    const { id } = await running();
    await followed();
    ends(id, 137, true);
    await eventually(async () => (await show(id)).restarts === 1);
    expect(await becomes(id, 'running')).toMatchObject({ exitCode: 137, restarts: 1 });
    expect(found(id)?.starts).toBe(2);
    expect(await timeline(id)).toEqual(expect.arrayContaining(['ended']));
  });

  it('rests longer each time', async () => {
    const { id, imageId } = await running();
    expect(imageId).toBeDefined();
    world.runtime.ending.set(IMAGE_FILE, 1);
    await followed();
    ends(id, 1);
    const row = await eventually(async () => {
      const now = await world.em.findOneByOrFail(Container, { id });
      return now.restarts === 2 && now;
    });
    const restMs = (row.restartAt?.getTime() ?? 0) - (row.endedAt?.getTime() ?? 0);
    expect(restMs).toBeGreaterThan(1_500);
    expect(row).toMatchObject({ state: 'starting', exitCode: 1 });
  });

  it.each([
    ['never', 3],
    ['never', 0],
    ['on-failure', 0],
  ] as const)('stays off with the policy %s and exit code %i', async (restart, code) => {
    const { id } = await running({ restart });
    await followed();
    ends(id, code);
    const stopped = await becomes(id, 'stopped');
    expect(stopped).toMatchObject({ exitCode: code, stateReason: `It ended with exit code ${code}.` });
    await ask(id, 'running');
    await becomes(id, 'running');
    expect(found(id)?.starts).toBe(2);
  });

  it('is started again after a failure with the policy on-failure', async () => {
    const { id } = await running({ restart: 'on-failure' });
    await followed();
    ends(id, 2);
    await eventually(() => found(id)?.starts === 2);
    await becomes(id, 'running');
  });

  it('is found by the inventory when nobody was told', async () => {
    const { id } = await running({ restart: 'never' });
    const silent = {
      is: 'off' as const,
      ended: { at: new Date(Date.now() + 1_000), exitCode: 9, outOfMemory: false },
    };
    Object.assign(found(id) ?? {}, { state: silent });
    await wakeUp('container-inventory', host.id);
    expect(await becomes(id, 'stopped')).toMatchObject({ exitCode: 9 });
  });
});

describe('a container whose host', () => {
  it('was off comes back, whatever its policy', async () => {
    const { id } = await running({ restart: 'never' });
    world.runtime.powerOff(host.id);
    world.runtime.powerOn(host.id);
    await wakeUp('container', id);
    await eventually(() => found(id)?.starts === 2);
    expect(await becomes(id, 'running')).toMatchObject({ restarts: 0 });
  });

  it('is down goes all the same, and what lies there goes later', async () => {
    const { id } = await running();
    await world.em.update(Host, { id: host.id }, { state: 'down' });
    world.runtime.powerOff(host.id);
    await remove(id);
    await isGone(id);
    expect(await world.em.existsBy(HostLeftover, { instanceId: id, kind: 'container' })).toBe(true);
    expect(found(id)).toBeDefined();
    world.runtime.powerOn(host.id);
    await world.em.update(Host, { id: host.id }, { state: 'ready' });
    await wakeUp('container-inventory', host.id);
    await eventually(() => found(id) === undefined);
    await eventually(async () => !(await world.em.existsBy(HostLeftover, { instanceId: id })));
  });

  it('has one that no row knows loses it', async () => {
    const stranger = randomUUID();
    const { spec } = found((await running()).id) ?? {};
    if (!spec) throw new TypeError('it is not there');
    const ids = { ...spec.ids, first: spec.ids.first + 1e6 };
    await world.runtime.create({ hostId: host.id, containerId: stranger }, { ...spec, ids });
    await wakeUp('container-inventory', host.id);
    await eventually(() => found(stranger) === undefined);
  });
});

describe('a container and its network', () => {
  it('runs on without it when its owner takes that away, and says so at its next start', async () => {
    const { id, nics } = await running();
    const portId = nics[0]?.portId ?? '';
    await world.app.bus.publish(portDeleted, { portId, instanceId: id, vpcId: randomUUID() });
    await eventually(async () => (await show(id)).nics.length === 0);
    expect((await show(id)).state).toBe('running');
    expect(await timeline(id)).toContain('nic-lost');
  });
});

describe('containers of a user who goes', () => {
  it('go with it', async () => {
    const who = await world.person('member');
    const { id } = await world.container(who);
    await world.app.bus.publish(userClosing, { userId: who.userId, tenantId: who.tenantId });
    await isGone(id);
    expect(await userLedgerCount(world.em, who.userId)).toBe(0);
  });
});

describe('a run that is late', () => {
  it('marks the container as failed, and the work goes on', async () => {
    world.runtime.faults.injectAlways('fail', 'create');
    const { id } = await make();
    await world.app.get(ContainersReconciler).expired(id, 'it took too long');
    expect(await show(id)).toMatchObject({ state: 'error', stateReason: 'it took too long' });
    world.runtime.faults.clear();
    await wakeUp('container', id);
    await becomes(id, 'running');
  });
});

describe('an inventory', () => {
  it('of a host that is gone ends', async () => {
    const id = randomUUID();
    const inventory = world.app.get(ContainerInventory);
    expect(await inventory.run(id, runOf('container-inventory', id))).toEqual({ is: 'gone' });
  });
});

describe('other services', () => {
  it('are told what became of a container', async () => {
    const told = await listenTo(containerChanged.subject);
    const { id } = await running();
    await ask(id, 'stopped');
    await becomes(id, 'stopped');
    await remove(id);
    await isGone(id);
    const states = () =>
      told.events.filter(({ containerId }) => containerId === id).map(({ state }) => state);
    await eventually(() => states().join() === 'running,stopped,deleted');
    await told.stop();
  });
});

async function listenTo(subject: string) {
  const { host: servers, username: user, password } = new URL(text('NATS_URL'));
  const nats = await connect({ servers, user, pass: decodeURIComponent(password) });
  const codec = JSONCodec<ContainerEvent>();
  const events: ContainerEvent[] = [];
  nats.subscribe(subject, { callback: (_error, { data }) => void events.push(codec.decode(data)) });
  await nats.flush();
  return { events, stop: () => nats.close() };
}
