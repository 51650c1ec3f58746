import {
  deleteVm,
  getVm,
  listVmTimeline,
  rebootVm,
  updateVm,
  type PortView,
  type Principal,
  type VmState,
  type VmView,
} from '@nubo/contracts';
import type { Host } from '@nubo/fleet';
import { contextOf, eventually } from '@nubo/testing';
import { Vm } from '../../../../libs/entities/src/compute';
import type { DomainSpec } from './domain.rules';
import { ComputeWorld } from './testing/compute-world';
import { NIC_LOST } from './vms.rules';

jest.setTimeout(60_000);

let world: ComputeWorld;
let owner: Principal;
let host: Host;
beforeAll(async () => {
  world = await ComputeWorld.open();
  owner = await world.person();
  host = await world.host();
});
afterAll(() => world?.stop());

const read = (id: string): Promise<VmView> => world.app.call(getVm, contextOf(owner), { id });
const becomes = (id: string, state: VmState): Promise<VmView> =>
  eventually(async () => {
    const vm = await read(id);
    return vm.state === state && vm;
  });
const ask = (id: string, state: 'running' | 'stopped') =>
  world.app.call(updateVm, contextOf(owner), { id, state });
const remove = (id: string) => world.app.call(deleteVm, contextOf(owner), { id });
const isGone = (id: string) => eventually(async () => !(await world.em.existsBy(Vm, { id })));
const lostNic = (id: string): Promise<VmView> =>
  eventually(async () => {
    const vm = await read(id);
    return vm.nics.length === 1 && vm;
  });
const cards = (id: string): string[] =>
  (world.hypervisor.vm(host.id, id)?.spec as DomainSpec).nics.map(({ mac }) => mac);
const starts = (id: string) => world.hypervisor.vm(host.id, id)?.starts;

/** A VM with a NIC on each of two networks: the first goes, the second stays. */
async function twoNics(): Promise<{ id: string; going: PortView; staying: PortView }> {
  const nics = [{ subnetId: world.subnet() }, { subnetId: world.subnet() }];
  const { id } = await world.create(owner, { nics });
  const { nics: made } = await becomes(id, 'running');
  const [going, staying] = made.map(({ portId }) => world.network.ports.get(portId));
  if (!going || !staying) throw new TypeError('no ports');
  return { id, going, staying };
}

describe('a VM whose network is taken away by its owner', () => {
  it('runs on, says so, and shows that NIC no more', async () => {
    const { id, going, staying } = await twoNics();
    await world.network.takeAway(going.id);
    const vm = await lostNic(id);
    expect(vm).toMatchObject({ state: 'running', stateReason: NIC_LOST, nics: [{ portId: staying.id }] });
    const { items } = await world.app.call(listVmTimeline, contextOf(owner), { id });
    expect(items[0]).toMatchObject({ event: 'nic-lost', detail: going.ip, userId: null });
    await eventually(async () => (await world.em.findOneByOrFail(Vm, { id })).observedGeneration > 1);
    expect(await read(id)).toMatchObject({ state: 'running', stateReason: NIC_LOST });
    expect(starts(id)).toBe(1);
  });

  it('is started without that NIC', async () => {
    const { id, going, staying } = await twoNics();
    expect(cards(id)).toEqual([going.mac, staying.mac]);
    await ask(id, 'stopped');
    await becomes(id, 'stopped');
    await world.network.takeAway(going.id);
    expect(await lostNic(id)).toMatchObject({ state: 'stopped', stateReason: NIC_LOST });
    await ask(id, 'running');
    expect(await becomes(id, 'running')).toMatchObject({ stateReason: null });
    expect(cards(id)).toEqual([staying.mac]);
    expect(await world.em.findOneByOrFail(Vm, { id })).toMatchObject({ redefine: false });
  });

  it('is rebooted and restarted after a crash without that NIC', async () => {
    const { id, going, staying } = await twoNics();
    await world.network.takeAway(going.id);
    await lostNic(id);
    await world.app.call(rebootVm, contextOf(owner), { id });
    await eventually(() => starts(id) === 2);
    expect(cards(id)).toEqual([staying.mac]);
    const other = await twoNics();
    await world.network.takeAway(other.going.id);
    await lostNic(other.id);
    world.hypervisor.crash(host.id, other.id);
    await world.network.tellOfDeletion(other.going);
    await eventually(() => starts(other.id) === 2);
    expect(cards(other.id)).toEqual([other.staying.mac]);
  });

  it('fails to start until it is told, and starts then', async () => {
    const { id, going, staying } = await twoNics();
    await ask(id, 'stopped');
    await becomes(id, 'stopped');
    await world.network.takeAway(going.id, false);
    await ask(id, 'running');
    await becomes(id, 'error');
    await world.network.tellOfDeletion(going);
    await becomes(id, 'running');
    expect(cards(id)).toEqual([staying.mac]);
  });

  it('is told twice and loses one NIC', async () => {
    const { id, going } = await twoNics();
    await world.network.takeAway(going.id);
    const { version } = await lostNic(id);
    await world.network.tellOfDeletion(going);
    const later = await world.network.takeAway((await read(id)).nics[0]?.portId ?? '');
    expect(later).toBeUndefined();
    await eventually(async () => (await read(id)).nics.length === 0);
    const { items } = await world.app.call(listVmTimeline, contextOf(owner), { id });
    expect(items.filter(({ event }) => event === 'nic-lost')).toHaveLength(2);
    expect((await read(id)).version).toBe(version);
  });

  it('is made without it when it goes meanwhile', async () => {
    world.network.activates = 'when-told';
    const { id } = await world.create(owner);
    const port = await eventually(() => world.network.portsOf(id)[0]);
    await eventually(async () => (await read(id)).nics[0]?.mac);
    world.network.activates = 'soon';
    await world.network.takeAway(port.id);
    expect(await becomes(id, 'running')).toMatchObject({ nics: [], stateReason: NIC_LOST });
    expect(cards(id)).toEqual([]);
    await ask(id, 'stopped');
    await becomes(id, 'stopped');
  });

  it('is deleted like any other', async () => {
    const { id, going } = await twoNics();
    await world.network.takeAway(going.id);
    await lostNic(id);
    await remove(id);
    await isGone(id);
    expect(world.hypervisor.vm(host.id, id)).toBeUndefined();
    expect(world.network.portsOf(id)).toEqual([]);
  });
});
