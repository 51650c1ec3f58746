import { deleteVm, getVm, resolveUser, vmShares, type Principal } from '@nubo/contracts';
import { GrantRow } from '@nubo/persistence';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Vm } from '../../../../libs/entities/src/compute';
import { ComputeWorld } from './testing/compute-world';

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
    const sql = `SELECT 1 FROM work WHERE kind = 'vm-access' AND resource_id = $1`;
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

  it('are so too when they are made after the VM was shared', async () => {
    const { id } = await world.create(owner, { nics: [{ subnetId: world.subnet() }] });
    await share(id, 'use');
    await running(id);
    await eventually(async () => (await waiting(id)) === 0);
    expect(levels(id)).toMatchObject({ [friend.userId]: 'use' });
    expect(world.network.portsOf(id)).toHaveLength(1);
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
