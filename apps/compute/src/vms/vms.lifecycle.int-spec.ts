import {
  createPort,
  deleteVm,
  ensureDefaultNetwork,
  exhausted,
  getVm,
  hostChanged,
  tenantClosing,
  userClosing,
  updateVm,
  type Principal,
  type VmState,
  type VmView,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { ledgerCount, quotaDriftOf } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually, someone } from '@nubo/testing';
import { HostLeftover, Vm } from '../../../../libs/entities/src/compute';
import { ComputeWorld } from './testing/compute-world';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;

beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
});
beforeEach(async () => {
  await world.em.query(`UPDATE fleet.hosts SET state = 'error'`);
  host = await world.host();
  await world.em.query(`UPDATE quota.usage SET "limit" = 1000000`);
});
afterEach(() => {
  world.hypervisor.faults.clear();
  world.hypervisor.obeysShutdown = true;
  world.imageFault = undefined;
});
afterAll(() => world?.stop());

const read = (id: string): Promise<VmView> => world.app.call(getVm, contextOf(owner), { id });
const becomes = (id: string, state: VmState): Promise<VmView> =>
  eventually(async () => {
    const vm = await read(id);
    return vm.state === state && vm;
  });
const goes = (id: string): Promise<true> =>
  eventually(async () => (await world.em.countBy(Vm, { id })) === 0);
const ask = (id: string, state: 'running' | 'stopped') =>
  world.app.call(updateVm, contextOf(owner), { id, state });
const remove = (id: string) => world.app.call(deleteVm, contextOf(owner), { id });
const onHost = (id: string) => world.hypervisor.vm(host.id, id);
const is = (id: string) => onHost(id)?.state.is;

async function runningVm(): Promise<string> {
  const { id } = await world.create(owner);
  await becomes(id, 'running');
  return id;
}

/** A host's state as its health check would set it. */
async function hostIs(state: Host['state']): Promise<void> {
  await world.em.update(Host, { id: host.id }, { state });
  await world.app.bus.publish(hostChanged, { hostId: host.id, state });
}

const inventory = (): Promise<void> => wake(world.em, 'host-inventory', host.id);
/** Of a transition that has a deadline. */
const timeIsUp = (id: string): Promise<unknown> =>
  world.em.query(`UPDATE work SET deadline_at = now() WHERE resource_id = $1 AND deadline_at IS NOT NULL`, [
    id,
  ]);

describe('a VM', () => {
  it('starts when its ports are active, not before', async () => {
    world.network.activates = 'when-told';
    const { id } = await world.create(owner);
    await eventually(() => is(id) === 'off');
    expect((await read(id)).state).toBe('creating');
    await world.network.activate(world.app.bus, id);
    await becomes(id, 'running');
    world.network.activates = 'soon';
    expect(onHost(id)).toMatchObject({ disk: { sizeGib: 2 }, starts: 1 });
  });

  it('says why its image is not there while that is tried again, and starts when it is', async () => {
    world.imageFault = `no space left on ${host.address}`;
    const { id } = await world.create(owner);
    const told = `no space left on ${host.name}`;
    await eventually(async () => (await read(id)).stateReason === told);
    expect((await read(id)).state).toBe('creating');
    world.imageFault = undefined;
    expect((await becomes(id, 'running')).stateReason).toBeNull();
  });

  it('is shut down and started again as its owner asks', async () => {
    const id = await runningVm();
    expect((await ask(id, 'stopped')).state).toBe('stopping');
    await becomes(id, 'stopped');
    expect(is(id)).toBe('off');
    expect((await ask(id, 'running')).state).toBe('starting');
    await becomes(id, 'running');
    expect(onHost(id)?.starts).toBe(2);
  });

  it('has its power cut when its guest does not shut down in time', async () => {
    world.hypervisor.obeysShutdown = false;
    const id = await runningVm();
    await ask(id, 'stopped');
    const asked = await eventually(() => world.em.findOneByOrFail(Vm, { id }).then((vm) => vm.stopAskedAt));
    expect(asked).toBeInstanceOf(Date);
    expect(is(id)).toBe('running');
    await world.em.query(`UPDATE vms SET stop_asked_at = now() - interval '31 s' WHERE id = $1`, [id]);
    await wake(world.em, 'vm', id);
    await becomes(id, 'stopped');
    expect(is(id)).toBe('off');
  });

  it('stays off when its guest powered itself off', async () => {
    const id = await runningVm();
    await inventory();
    await eventually(() => world.hypervisor.faults.calls.includes('watch'));
    world.hypervisor.guestPowersOff(host.id, id);
    await wake(world.em, 'vm', id);
    const vm = await becomes(id, 'stopped');
    expect(vm.stateReason).toBe('The guest shut itself down.');
    await ask(id, 'running');
    await becomes(id, 'running');
  });

  it('is started again when it crashes, told by an event', async () => {
    const id = await runningVm();
    const before = world.hypervisor.faults.calls.filter((call) => call === 'inventory').length;
    await inventory();
    await eventually(
      () => world.hypervisor.faults.calls.filter((call) => call === 'inventory').length > before,
    );
    world.hypervisor.crash(host.id, id);
    await eventually(() => onHost(id)?.starts === 2);
    await becomes(id, 'running');
  });

  it('is started again when nobody was told that it crashed: the next inventory sees it', async () => {
    const id = await runningVm();
    world.hypervisor.crashUnseen(host.id, id);
    await inventory();
    await eventually(() => onHost(id)?.starts === 2);
    await becomes(id, 'running');
  });

  it('says why when it cannot be started again in time', async () => {
    const id = await runningVm();
    world.hypervisor.faults.injectAlways('fail', 'start');
    world.hypervisor.crashUnseen(host.id, id);
    await inventory();
    await becomes(id, 'starting');
    await timeIsUp(id);
    expect((await becomes(id, 'error')).stateReason).toContain('start the domain: start failed');
    world.hypervisor.faults.clear();
    await ask(id, 'running');
    expect((await becomes(id, 'running')).stateReason).toBeNull();
  });

  it('is started again after its host had a blackout, and says so meanwhile', async () => {
    const id = await runningVm();
    world.hypervisor.powerOff(host.id);
    await hostIs('down');
    const waiting = await eventually(async () => (await read(id)).stateReason);
    expect(waiting).toBe(`Its host ${host.name} does not answer.`);
    world.hypervisor.powerOn(host.id);
    await hostIs('ready');
    await eventually(() => is(id) === 'running');
    await eventually(async () => (await read(id)).stateReason === null);
    expect((await read(id)).state).toBe('running');
  });

  it('is adopted when its start was done and the answer lost', async () => {
    world.hypervisor.faults.inject('fail-after', 1, 'start');
    const id = await runningVm();
    expect(onHost(id)?.starts).toBe(1);
  });
});

describe('a VM that cannot be made', () => {
  it('says which step failed and on which host when its time is up, and goes on trying', async () => {
    world.hypervisor.faults.injectAlways('fail', 'define');
    const { id } = await world.create(owner);
    await world.em.query(`UPDATE work SET deadline_at = now() WHERE resource_id = $1`, [id]);
    const failed = await becomes(id, 'error');
    expect(failed.stateReason).toContain('define the domain: define failed');
    world.hypervisor.faults.clear();
    await wake(world.em, 'vm', id);
    expect((await becomes(id, 'running')).stateReason).toBeNull();
  });

  it('says what its user’s quota refuses of the default network', async () => {
    const other = await ComputeWorld.open();
    try {
      const someone = await other.person();
      await other.host();
      const numbers = { kind: 'vpcs', limit: 0, used: 0, requested: 1 };
      const refuse = () => {
        throw exhausted('quota_exceeded', 'The quota for vpcs is 0.', numbers);
      };
      const end = await other.app.bus.answer(ensureDefaultNetwork, refuse);
      const { id } = await other.create(someone, { nics: undefined });
      const now = () => other.app.call(getVm, contextOf(someone), { id });
      const failed = await eventually(async () => (await now()).state === 'error' && now());
      expect(failed.stateReason).toBe('Its default network: The quota for vpcs is 0.');
      expect(await other.em.countBy(Vm, { id })).toBe(1);
      end();
    } finally {
      await other.stop();
    }
  });

  it('says at once what the network service refuses for good', async () => {
    const refuse = () => {
      throw exhausted('no_address', 'No address is left in the subnet.', { free: 0 });
    };
    const other = await ComputeWorld.open();
    try {
      const someone = await other.person();
      await other.host();
      const wish = await other.wish(someone);
      const end = await other.app.bus.answer(createPort, refuse);
      const { id } = await other.create(someone, wish);
      const vm = await eventually(async () => {
        const now = await other.app.call(getVm, contextOf(someone), { id });
        return now.state === 'error' && now;
      });
      expect(vm.stateReason).toContain('No address is left in the subnet.');
      end();
    } finally {
      await other.stop();
    }
  });
});

describe('deleting VMs', () => {
  it('gives everything back and tells it', async () => {
    const id = await runningVm();
    await remove(id);
    await goes(id);
    expect(onHost(id)).toBeUndefined();
    expect(world.network.portsOf(id)).toEqual([]);
    expect(await world.em.findOneByOrFail(Host, { id: host.id })).toMatchObject({
      usedVcpus: 0,
      usedDiskGib: 0,
    });
    expect(await quotaDriftOf(world.em)).toBe(0);
  });

  it('completes while the host is down; what lies there goes when it is back', async () => {
    const id = await runningVm();
    world.hypervisor.powerOff(host.id);
    await hostIs('down');
    await remove(id);
    await goes(id);
    expect(await world.em.countBy(HostLeftover, { hostId: host.id, instanceId: id })).toBe(1);
    world.hypervisor.powerOn(host.id);
    await hostIs('ready');
    await eventually(() => onHost(id) === undefined);
    await eventually(async () => (await world.em.countBy(HostLeftover, { instanceId: id })) === 0);
  });

  it('completes when the host was removed from the platform', async () => {
    const id = await runningVm();
    await world.em.delete(Host, { id: host.id });
    await wake(world.em, 'vm', id);
    expect((await becomes(id, 'error')).stateReason).toContain('Its host was removed');
    await remove(id);
    await goes(id);
  });

  it('finds what a lost race left on a host', async () => {
    const stranger = '6f0c1fd5-6f0b-4d30-9b5c-6a5a4a3f2a11';
    await world.hypervisor.ensureDisk({ hostId: host.id, vmId: stranger }, '/image', 1);
    const kept = await runningVm();
    await inventory();
    await eventually(() => onHost(stranger) === undefined);
    expect(is(kept)).toBe('running');
  });

  it('takes all of a tenant that is closing, whatever state they are in', async () => {
    const who = await world.person();
    world.network.activates = 'when-told';
    const vms = [await world.create(who), await world.create(who), await world.create(who)];
    world.network.activates = 'soon';
    await world.app.bus.publish(tenantClosing, { tenantId: who.tenantId ?? '' });
    await eventually(async () => (await ledgerCount(world.em, who.tenantId ?? '')) === 0);
    expect(vms.map(({ id }) => onHost(id))).toEqual([undefined, undefined, undefined]);
  });

  it('takes those of a user who is being deleted, and leaves the others of the tenant', async () => {
    const who = await world.person();
    const member = someone('member', { tenantId: who.tenantId });
    const [kept, mine] = [await world.create(who), await world.create(member)];
    await world.app.bus.publish(userClosing, { userId: member.userId, tenantId: who.tenantId });
    await eventually(async () => !(await world.em.existsBy(Vm, { id: mine.id })));
    expect(onHost(mine.id)).toBeUndefined();
    expect(await world.em.findOneBy(Vm, { id: kept.id })).not.toMatchObject({ state: 'deleting' });
  });
});
