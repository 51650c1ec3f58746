import { randomUUID } from 'node:crypto';
import { getHost, type NuboError, type Principal } from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { isWorkedOn, wake } from '@nubo/reconcile';
import { contextOf, eventually, someone } from '@nubo/testing';
import { IsNull } from 'typeorm';
import { ComputeWorld } from '../vms/testing/compute-world';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;
beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
  host = await world.host({ name: 'h1' });
});
afterEach(() => world.runtime.podmanDies(host.id, false));
afterAll(() => world?.stop());

const look = (): Promise<void> => wake(world.em, 'container-inventory', host.id);
const seen = async (who = someone('admin')) => world.app.call(getHost, contextOf(who), { id: host.id });
/** Until no look at the host is under way. */
const rests = () => eventually(async () => !(await isWorkedOn(world.em, ['container-inventory'], [host.id])));
const looks = () => world.runtime.faults.calls.filter((call) => call === 'watch').length;

describe('a host whose podman does not answer', () => {
  it('says so, stays ready and gets VMs but no containers until it answers again', async () => {
    world.runtime.podmanDies(host.id);
    await look();
    const told = await eventually(async () => (await seen()).stateReason && seen(), { withinMs: 20_000 });
    expect(told).toMatchObject({ state: 'ready' });
    expect(told.stateReason).toMatch(/^podman does not answer; no new containers are placed here: .*refused/);
    expect((await seen(owner)).stateReason).toBeNull();
    const refused = await world.container(owner).catch((error: NuboError) => error);
    expect(refused).toMatchObject({
      code: 'no_host_with_room',
      details: { refused: [{ host: 'h1', reason: 'has a podman that does not answer' }] },
    });
    expect(await world.create(owner)).toMatchObject({ hostId: host.id });
    world.runtime.podmanDies(host.id, false);
    await look();
    await eventually(async () => (await seen()).stateReason === null);
    expect(await world.container(owner)).toMatchObject({ hostId: host.id });
  });

  it('is not blamed when the whole host is silent', async () => {
    world.runtime.powerOff(host.id);
    const before = looks();
    await look();
    await eventually(() => looks() >= before + 6, { withinMs: 30_000 });
    world.runtime.powerOn(host.id);
    expect(await world.em.findOneByOrFail(Host, { id: host.id })).toMatchObject({ podmanFault: null });
  });

  it('is passed over for another host', async () => {
    const other = await world.host({ name: 'h2', vcpus: 1, memoryMib: 1_024, diskGib: 10 });
    // A look that is under way, or due, must not find it well.
    world.runtime.podmanDies(host.id);
    await rests();
    await world.em.update(Host, { id: host.id }, { podmanFault: 'dead' });
    expect(await world.container(owner)).toMatchObject({ hostId: other.id });
    world.runtime.podmanDies(host.id, false);
    await look();
    await eventually(() => world.em.existsBy(Host, { id: host.id, podmanFault: IsNull() }));
    expect(await world.container(owner)).toMatchObject({ hostId: host.id });
  });
});

/** What goes on after its run would start podman again on a host that is being left. */
describe('a look at a host', () => {
  it('asks podman nothing that the end of its run does not end', async () => {
    const [watch, inventory] = [jest.spyOn(world.runtime, 'watch'), jest.spyOn(world.runtime, 'inventory')];
    await look();
    await eventually(() => inventory.mock.calls.length > 0);
    for (const { mock } of [watch, inventory])
      for (const given of mock.calls) expect(given.at(-1)).toBeInstanceOf(AbortSignal);
    watch.mockRestore();
    inventory.mockRestore();
  });
});

describe('a network namespace of a container that was never made', () => {
  it('goes from its host when no row knows the container', async () => {
    const stray = randomUUID();
    world.runtime.plug(host.id, stray);
    await look();
    await eventually(() => !world.runtime.plugged(host.id).includes(stray));
  });

  it('stays while there is a row of the container', async () => {
    const { id } = await world.container(owner);
    await eventually(() => world.runtime.found(host.id, id)?.state.is === 'running');
    const before = looks();
    await look();
    await eventually(() => looks() > before);
    expect(world.runtime.plugged(host.id)).toContain(id);
  });
});
