import { deleteVm, getVm, resolveUser, vmShares, type Principal } from '@nubo/contracts';
import { GrantRow } from '@nubo/persistence';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Vm } from '../../../../libs/entities/src/compute';
import { runOf } from '../testing/runs';
import { InstanceAccess } from '../instances/instance-access.reconciler';
import { Ports } from '../instances/ports.driver';
import { ComputeWorld } from './testing/compute-world';
import { VmStore } from './vms.store';

jest.setTimeout(60_000);

describe('the NICs of a VM', () => {
  let world: ComputeWorld;
  let owner: Principal;
  const friend = someone('owner');

  beforeAll(async () => {
    world = await ComputeWorld.open();
    owner = await world.person();
    await world.host();
    const { userId, tenantId } = friend;
    await world.app.bus.answer(resolveUser, () => ({ userId, tenantId, email: 'friend@nubo.test' }));
  });
  afterAll(() => world?.stop());

  const running = (id: string) =>
    eventually(async () => (await world.app.call(getVm, contextOf(owner), { id })).state === 'running');
  const share = (id: string, grant: 'use' | 'manage') =>
    world.app.call(vmShares.create, contextOf(owner), { id, user: friend.userId, grant });
  const levels = (id: string) => Object.fromEntries(grantsOf(id).map(({ userId, level }) => [userId, level]));
  const grantsOf = (id: string) =>
    world.network.portsOf(id).flatMap((port) => world.network.grants.get(port.id) ?? []);
  const open = (id: string, wanted: Record<string, string>) =>
    eventually(() => JSON.stringify(levels(id)) === JSON.stringify(wanted));
  const waiting = async (id: string): Promise<number> => {
    const sql = `SELECT 1 FROM work WHERE kind = 'instance-access' AND resource_id = $1`;
    return (await world.em.query<unknown[]>(sql, [id])).length;
  };

  it('are open to those with whom the VM is shared, as long as it is', async () => {
    const { id } = await world.create(owner);
    await running(id);
    const mine = { [owner.userId]: 'manage' };
    for (const level of ['use', 'manage'] as const) {
      await share(id, level);
      await eventually(() => levels(id)[friend.userId] === level);
    }
    await world.app.call(vmShares.remove, contextOf(owner), { id, userId: friend.userId });
    await open(id, mine);
    await eventually(async () => (await waiting(id)) === 0);
  });

  it('and the shares go with the VM', async () => {
    const { id } = await world.create(owner);
    await share(id, 'use');
    await world.app.call(deleteVm, contextOf(owner), { id });
    await eventually(async () => !(await world.em.existsBy(Vm, { id })));
    expect(await world.em.existsBy(GrantRow, { resourceId: id })).toBe(false);
    await eventually(async () => (await waiting(id)) === 0);
  });
});

describe('a VM without NICs yet', () => {
  it('has them opened as soon as they are made', async () => {
    const world = await ComputeWorld.open({ idle: true });
    try {
      await world.host();
      const { id } = await world.create(await world.person());
      const access = world.app.get(InstanceAccess);
      const { vm, nics } = await world.app.get(VmStore).load(id).then(found);
      expect(await access.run(id, runOf('instance-access', id))).toMatchObject({ is: 'waiting' });
      await world.app.get(Ports).ensure(vm, nics[0], nics[0]?.subnetId ?? '');
      expect(await access.run(id, runOf('instance-access', id))).toEqual({ is: 'gone' });
      expect(world.network.grants.get(nics[0]?.portId ?? '')).toHaveLength(1);
    } finally {
      await world.stop();
    }
  });
});

function found<T>(value: T | null): T {
  if (value === null) throw new TypeError('it is not there');
  return value;
}
