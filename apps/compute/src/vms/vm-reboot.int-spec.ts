import {
  deleteVm,
  getVm,
  rebootVm,
  updateVm,
  type NuboError,
  type Principal,
  type RebootVm,
  type VmState,
  type VmView,
} from '@nubo/contracts';
import { type Host } from '@nubo/fleet';
import { grant } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Vm } from '../../../../libs/entities/src/compute';
import { ComputeWorld } from './testing/compute-world';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;
beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
  host = await world.watchedHost();
  await world.em.query(`UPDATE quota.usage SET "limit" = 1000000`);
});
afterEach(() => {
  world.hypervisor.faults.clear();
  world.hypervisor.obeysShutdown = true;
});
afterAll(() => world?.stop());

const read = (id: string): Promise<VmView> => world.app.call(getVm, contextOf(owner), { id });
const becomes = (id: string, state: VmState): Promise<VmView> =>
  eventually(async () => {
    const vm = await read(id);
    return vm.state === state && vm;
  });
const reboot = (input: RebootVm, who = owner): Promise<VmView> =>
  world.app.call(rebootVm, contextOf(who), input);
const refused = (call: Promise<unknown>): Promise<NuboError> =>
  call.then(
    () => {
      throw new TypeError('it was accepted');
    },
    (error: NuboError) => error,
  );
const starts = (id: string) => world.hypervisor.vm(host.id, id)?.starts;
const callsSince = (mark: number) => world.hypervisor.faults.calls.slice(mark);
const mark = () => world.hypervisor.faults.calls.length;

async function runningVm(): Promise<string> {
  const { id } = await world.create(owner);
  await becomes(id, 'running');
  return id;
}

describe('a reboot', () => {
  it('asks the guest to shut down and starts it again', async () => {
    const id = await runningVm();
    const before = mark();
    expect(await reboot({ id })).toMatchObject({ state: 'rebooting', version: 2 });
    await eventually(() => starts(id) === 2);
    await becomes(id, 'running');
    expect(callsSince(before)).toContain('shutdown');
    expect(callsSince(before)).not.toContain('destroy');
  });

  it('cuts the power at once when it is a hard one', async () => {
    world.hypervisor.obeysShutdown = false;
    const id = await runningVm();
    const before = mark();
    await reboot({ id, hard: true });
    await eventually(() => starts(id) === 2);
    await becomes(id, 'running');
    expect(callsSince(before)).not.toContain('shutdown');
  });

  it('cuts the power of a guest that does not shut down in time, or when somebody loses patience', async () => {
    world.hypervisor.obeysShutdown = false;
    const [slow, hasty] = [await runningVm(), await runningVm()];
    await reboot({ id: slow });
    await reboot({ id: hasty });
    await eventually(async () => (await world.em.findOneByOrFail(Vm, { id: slow })).stopAskedAt);
    await world.em.query(`UPDATE vms SET stop_asked_at = now() - interval '31 s' WHERE id = $1`, [slow]);
    await wake(world.em, 'vm', slow);
    await reboot({ id: hasty, hard: true });
    for (const id of [slow, hasty]) {
      await eventually(() => starts(id) === 2);
      await becomes(id, 'running');
    }
  });

  it('is one, however often it is asked for meanwhile', async () => {
    world.hypervisor.obeysShutdown = false;
    const id = await runningVm();
    const first = await reboot({ id });
    expect((await reboot({ id })).version).toBe(first.version);
    expect((await reboot({ id, hard: true })).version).toBe(first.version + 1);
    await eventually(() => starts(id) === 2);
    await becomes(id, 'running');
  });

  it('starts a VM that is in error, also one whose guest is off', async () => {
    const id = await runningVm();
    world.hypervisor.crashUnseen(host.id, id);
    await world.em.update(Vm, { id }, { state: 'error', stateReason: 'it did not start' });
    await reboot({ id });
    expect((await becomes(id, 'running')).stateReason).toBeNull();
    expect(starts(id)).toBe(2);
  });

  it('says when its deadline has passed why, and goes on', async () => {
    const id = await runningVm();
    world.hypervisor.faults.injectAlways('fail', 'start');
    await reboot({ id, hard: true });
    await world.em.query(`UPDATE work SET deadline_at = now() WHERE resource_id = $1`, [id]);
    expect((await becomes(id, 'error')).stateReason).toContain('start the domain: start failed');
    world.hypervisor.faults.clear();
    await wake(world.em, 'vm', id);
    await becomes(id, 'running');
  });

  it('ends in a stop when that is asked for meanwhile', async () => {
    world.hypervisor.obeysShutdown = false;
    const id = await runningVm();
    await reboot({ id });
    await world.app.call(updateVm, contextOf(owner), { id, state: 'stopped' });
    world.hypervisor.obeysShutdown = true;
    await becomes(id, 'stopped');
    expect(starts(id)).toBe(1);
  });

  it('is refused in other states, which it names', async () => {
    world.network.activates = 'when-told';
    const making = (await world.create(owner)).id;
    await eventually(() => world.hypervisor.vm(host.id, making)?.spec);
    world.network.activates = 'soon';
    const stopped = await runningVm();
    await world.app.call(updateVm, contextOf(owner), { id: stopped, state: 'stopped' });
    await becomes(stopped, 'stopped');
    for (const [id, state] of [
      [making, 'creating'],
      [stopped, 'stopped'],
    ])
      expect(await refused(reboot({ id }))).toMatchObject({
        kind: 'conflict',
        code: 'vm_wrong_state',
        message: `A VM that is ${state} cannot be rebooted.`,
        details: { state },
      });
    await world.app.call(deleteVm, contextOf(owner), { id: making });
    expect((await refused(reboot({ id: making }))).code).toMatch(/vm_wrong_state|vm_not_found/);
  });

  it('is for those who may use the VM', async () => {
    const id = await runningVm();
    const friend = someone('member');
    expect(await refused(reboot({ id }, friend))).toMatchObject({ code: 'vm_not_found' });
    await grant(world.em, id, friend, 'use');
    expect((await reboot({ id }, friend)).state).toBe('rebooting');
    await becomes(id, 'running');
  });
});
