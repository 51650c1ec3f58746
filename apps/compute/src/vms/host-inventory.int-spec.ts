import {
  deleteHost,
  deleteVm,
  exhausted,
  getHost,
  getHostUse,
  getVm,
  type NuboError,
  type Principal,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Vm } from '../../../../libs/entities/src/compute';
import { HostDriver } from '../hosts/hosts.driver';
import { HostsInMemory } from '../testing/hosts-in-memory';
import { UsageStore } from '../usage/usage.store';
import { ComputeWorld } from './testing/compute-world';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;
beforeAll(async () => {
  world = await ComputeWorld.open({ overrides: [[HostDriver, new HostsInMemory()]] });
  owner = await world.person();
  host = await world.host({ name: 'h1' });
});
afterEach(() => {
  jest.restoreAllMocks();
  world.hypervisor.libvirtDies(host.id, false);
});
afterAll(() => world?.stop());

const look = (): Promise<void> => wake(world.em, 'host-inventory', host.id);
const seen = async (who = someone('admin')) => world.app.call(getHost, contextOf(who), { id: host.id });
const looks = () => world.hypervisor.faults.calls.filter((call) => call === 'watch').length;

describe('a host whose libvirt does not answer', () => {
  it('says so, stays ready and gets no new VMs until it answers again', async () => {
    world.hypervisor.libvirtDies(host.id);
    await look();
    const told = await eventually(async () => (await seen()).stateReason && seen(), { withinMs: 20_000 });
    expect(told).toMatchObject({ state: 'ready' });
    expect(told.stateReason).toMatch(/^libvirt does not answer; no new VMs are placed here: .*refused/);
    expect((await seen(owner)).stateReason).toBeNull();
    const refused = await world.create(owner).catch((error: NuboError) => error);
    const reason = 'has a libvirt that does not answer';
    expect(refused).toMatchObject({
      code: exhausted('no_host_with_room', '').code,
      details: { refused: [{ host: 'h1', reason }] },
    });
    world.hypervisor.libvirtDies(host.id, false);
    await look();
    await eventually(async () => (await seen()).stateReason === null);
    expect(await world.create(owner)).toMatchObject({ hostId: host.id });
  });

  it('is not blamed for one failure', async () => {
    world.hypervisor.faults.inject('fail', 1, 'inventory');
    const before = looks();
    await look();
    await eventually(() => looks() >= before + 2);
    expect(await world.em.findOneByOrFail(Host, { id: host.id })).toMatchObject({ libvirtFault: null });
  });

  it('is not blamed when the whole host is silent', async () => {
    world.hypervisor.powerOff(host.id);
    const before = looks();
    await look();
    await eventually(() => looks() >= before + 6, { withinMs: 30_000 });
    world.hypervisor.powerOn(host.id);
    expect(await world.em.findOneByOrFail(Host, { id: host.id })).toMatchObject({ libvirtFault: null });
  });

  it.each(['countedOn', 'note'] as const)(
    'is not blamed when what VMs use cannot be counted: %s',
    async (step) => {
      jest.spyOn(world.app.get(UsageStore), step).mockRejectedValue(new Error('no metering'));
      const counts = jest.mocked(world.app.get(UsageStore)[step]).mock.calls;
      const looked = async () => {
        await look();
        return counts.length >= 6;
      };
      await eventually(looked, { withinMs: 30_000, everyMs: 100 });
      expect(await world.em.findOneByOrFail(Host, { id: host.id })).toMatchObject({ libvirtFault: null });
      expect(await world.create(owner)).toMatchObject({ hostId: host.id });
    },
  );
});

describe('a VM that stands still for want of room on its host', () => {
  it('says so, and is let go on until it does', async () => {
    const { id } = await world.create(owner);
    const read = () => world.app.call(getVm, contextOf(owner), { id });
    await eventually(async () => (await read()).state === 'running');
    world.hypervisor.faults.injectAlways('fail', 'resume');
    world.hypervisor.sticks(host.id, id);
    await look();
    await eventually(async () => (await read()).stateReason?.includes('has no room'));
    expect((await read()).state).toBe('running');
    world.hypervisor.faults.clear();
    await eventually(async () => {
      await wake(world.em, 'vm', id);
      return (await read()).stateReason === null;
    });
    expect(world.hypervisor.vm(host.id, id)?.state).toEqual({ is: 'running' });
  });
});

describe('a host that is deleted as soon as it is back', () => {
  const gone = (entity: typeof Vm | typeof Host, id: string) =>
    eventually(async () => !(await world.em.existsBy<Vm | Host>(entity, { id })));

  it('keeps no VM that was deleted while it was away', async () => {
    await world.app.bus.answer(getHostUse, () => ({ routers: 0, ports: 0 }));
    const { id: hostId } = await world.host({ location: 'loc2' });
    const { id } = await world.create(owner, { location: 'loc2' });
    const state = async () => (await world.app.call(getVm, contextOf(owner), { id })).state;
    await eventually(async () => (await state()) === 'running');
    await world.em.update(Host, { id: hostId }, { state: 'down' });
    await world.app.call(deleteVm, contextOf(owner), { id });
    await gone(Vm, id);
    expect(world.hypervisor.vm(hostId, id)?.state.is).toBe('running');
    await world.em.update(Host, { id: hostId }, { state: 'ready' });
    await world.app.call(deleteHost, contextOf(someone('admin')), { id: hostId });
    await gone(Host, hostId);
    expect(world.hypervisor.vmIds(hostId)).toEqual([]);
  });
});
