// What VMs on simulated hosts use up is counted once, whoever looks and whenever.
import {
  createVm,
  deleteVm,
  getVm,
  getVmUsage,
  updateVm,
  type Principal,
  type VmState,
  type VmUsageView,
} from '@nubo/contracts';
import { type Host } from '@nubo/fleet';
import { grant } from '@nubo/persistence';
import { meteredOf, MeteredEntry, QuotaUsage, UserQuotaUsage } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Vm, InstanceUsage } from '../../../../libs/entities/src/compute';
import { ComputeWorld } from '../vms/testing/compute-world';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;

beforeAll(async () => {
  world = await ComputeWorld.open();
});
beforeEach(async () => {
  owner = await world.person();
  await world.em.query(`UPDATE fleet.hosts SET state = 'error'`);
  host = await world.host();
});
afterEach(() => world.hypervisor.faults.clear());
afterAll(() => world?.stop());

const usage = (id: string, who = owner): Promise<VmUsageView> =>
  world.app.call(getVmUsage, contextOf(who), { id });
const becomes = (id: string, state: VmState) =>
  eventually(async () => (await world.app.call(getVm, contextOf(owner), { id })).state === state);
const ask = async (id: string, state: 'running' | 'stopped'): Promise<void> => {
  await world.app.call(updateVm, contextOf(owner), { id, state });
  await becomes(id, state);
};
const works = (id: string, amounts: Record<string, number>): void =>
  world.hypervisor.works(host.id, id, amounts);

async function runningVm(): Promise<string> {
  const { id } = await world.create(owner);
  await becomes(id, 'running');
  return id;
}

/** A look at the host from beginning to end. */
async function look(id: string): Promise<void> {
  const before = (await world.em.findOneByOrFail(InstanceUsage, { instanceId: id })).samples;
  await wake(world.em, 'host-inventory', host.id);
  await eventually(
    async () => (await world.em.findOneByOrFail(InstanceUsage, { instanceId: id })).samples > before,
  );
}

async function paid(): Promise<unknown[]> {
  const { tenantId, userId } = owner;
  const kind = 'diskReadBytes';
  const tenant = await world.em.findOneBy(QuotaUsage, { tenantId: tenantId ?? '', kind });
  return [tenant?.used, (await world.em.findOneBy(UserQuotaUsage, { userId, kind }))?.used];
}

it('grows with every look at the host, for the VM, its user and its tenant', async () => {
  const id = await runningVm();
  expect(await usage(id)).toMatchObject({ vmId: id, cpuSeconds: 0, networkInBytes: 0, sampledAt: null });
  works(id, { cpuSeconds: 2_500_000, 'diskReadBytes vda': 100, 'networkInBytes np0': 7 });
  await look(id);
  works(id, { cpuSeconds: 600_000, 'diskReadBytes sda': 11 });
  await look(id);
  await look(id);
  expect(await usage(id)).toMatchObject({ cpuSeconds: 3, diskReadBytes: 111, networkInBytes: 7 });
  expect((await usage(id)).sampledAt).not.toBeNull();
  expect(await paid()).toEqual(['111', '111']);
});

it('costs the host no call besides the inventory, however many VMs there are', async () => {
  const [id] = [await runningVm(), await runningVm()];
  const { calls } = world.hypervisor.faults;
  const before = calls.length;
  await look(id);
  expect(calls.slice(before).filter((name) => name !== 'watch')).toEqual(['inventory']);
});

it('is shown to whoever may use the VM, and to nobody else', async () => {
  const id = await runningVm();
  const friend = someone('member');
  await expect(usage(id, friend)).rejects.toMatchObject({ kind: 'not_found', code: 'vm_not_found' });
  await grant(world.em, id, friend, 'use');
  expect(await usage(id, friend)).toMatchObject({ vmId: id });
  expect(await usage(id, someone('admin'))).toMatchObject({ vmId: id });
});

it('holds what was used right before a stop, and goes on after the next start', async () => {
  const id = await runningVm();
  works(id, { 'diskReadBytes vda': 1_000 });
  await ask(id, 'stopped');
  expect(await usage(id)).toMatchObject({ diskReadBytes: 1_000 });
  await ask(id, 'running');
  works(id, { 'diskReadBytes vda': 1_500 });
  await look(id);
  expect(await usage(id)).toMatchObject({ diskReadBytes: 2_500 });
});

it('goes on from 0 after a crash that nobody saw, and after a blackout', async () => {
  const id = await runningVm();
  works(id, { 'diskReadBytes vda': 10 });
  await look(id);
  world.hypervisor.crashUnseen(host.id, id);
  await look(id);
  await eventually(() => world.hypervisor.vm(host.id, id)?.starts === 2);
  works(id, { 'diskReadBytes vda': 50 });
  await look(id);
  world.hypervisor.powerOff(host.id);
  world.hypervisor.powerOn(host.id);
  await wake(world.em, 'vm', id);
  await eventually(() => world.hypervisor.vm(host.id, id)?.starts === 3);
  works(id, { 'diskReadBytes vda': 70 });
  // A look that another one overtook counts nothing: the next one does.
  await eventually(async () => {
    await look(id);
    return (await usage(id)).diskReadBytes >= 130;
  });
  expect(await usage(id)).toMatchObject({ diskReadBytes: 130 });
});

it('does not hold up a stop when the host does not tell', async () => {
  const id = await runningVm();
  world.hypervisor.faults.inject('fail', 1, 'sample');
  const asked = world.hypervisor.faults.calls.length;
  await ask(id, 'stopped');
  expect(world.hypervisor.faults.calls.slice(asked)).toContain('sample');
});

it('counts to the last, and leaves nothing of the VM itself, when it is deleted', async () => {
  const id = await runningVm();
  works(id, { 'diskReadBytes vda': 77 });
  await world.app.call(deleteVm, contextOf(owner), { id });
  await eventually(async () => !(await world.em.existsBy(Vm, { id })));
  expect(await world.em.findBy(InstanceUsage, { instanceId: id })).toEqual([]);
  expect(await world.em.findBy(MeteredEntry, { id })).toEqual([]);
  expect(await paid()).toEqual(['77', '77']);
});

it('beyond a limit refuses what is new with the numbers, and lets run what runs', async () => {
  const id = await runningVm();
  const { tenantId } = owner;
  await world.em.query(
    `UPDATE quota.usage SET "limit" = 5 WHERE tenant_id = $1 AND kind = 'networkOutBytes'`,
    [tenantId],
  );
  works(id, { 'networkOutBytes np0': 9 });
  await look(id);
  await expect(world.app.call(createVm, contextOf(owner), await world.wish(owner))).rejects.toMatchObject({
    kind: 'exhausted',
    details: { whose: 'tenant', kind: 'networkOutBytes', limit: 5, used: 9 },
  });
  works(id, { 'networkOutBytes np0': 1 });
  await look(id);
  await ask(id, 'stopped');
  await ask(id, 'running');
  expect(await meteredOf(world.em, id)).toMatchObject({ networkOutBytes: 10 });
});
