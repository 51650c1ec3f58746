import { randomUUID } from 'node:crypto';
import {
  checkNic,
  createSubnet,
  deleteSubnet,
  deleteVpc,
  discardNetwork,
  ensureNetwork,
  getVpc,
  serviceContext,
  updateSubnet,
  updateVpc,
  type EnsureNetwork,
  type NetworkView,
  type Principal,
} from '@nubo/contracts';
import { ledgerCount, quotaDriftOf } from '@nubo/quota';
import { contextOf } from '@nubo/testing';
import { Subnet, Vpc } from '../../../../libs/entities/src/network';
import { NetworkWorld } from '../testing/network-world';

jest.setTimeout(30_000);

const cdn = serviceContext('cdn', randomUUID());
const managed = { code: 'managed', kind: 'conflict' };

let world: NetworkWorld;
let who: Principal;
let wanted: EnsureNetwork;
beforeAll(async () => {
  world = await NetworkWorld.open();
  await world.networkHost();
});
beforeEach(async () => {
  who = await world.owner();
  const ids = { vpcId: randomUUID(), subnetId: randomUUID() };
  const { tenantId, userId } = who;
  wanted = { ...ids, tenantId, userId, managedBy: 'cdn', name: 'shop', cidr: '190.0.0.0/24' };
});
afterAll(() => world?.stop());

const ensure = (more: Partial<EnsureNetwork> = {}): Promise<NetworkView> =>
  world.app.call(ensureNetwork, cdn, { ...wanted, ...more });

describe('a network that another service keeps', () => {
  it('is made once, under the ids that were given, however many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ensure()));
    expect(new Set(answers.map(({ router, subnet }) => `${router.id} ${subnet.id}`))).toEqual(
      new Set([`${wanted.vpcId} ${wanted.subnetId}`]),
    );
    expect(answers[0]?.subnet).toMatchObject({ cidr: wanted.cidr, managedBy: 'cdn', tenantId: who.tenantId });
    expect(await ledgerCount(world.em, who.tenantId ?? '')).toBe(2);
    expect(await quotaDriftOf(world.em)).toBe(0);
  });

  it('is on a host of its region, or elsewhere where that has none', async () => {
    const near = await world.networkHost(100, { location: 'loc-near' });
    const { router } = await ensure({ region: 'loc-near' });
    expect(router.hostId).toBe(near.id);
    const ids = { vpcId: randomUUID(), subnetId: randomUUID() };
    expect((await ensure({ ...ids, region: 'loc-without' })).router.state).toBe('creating');
  });

  it('makes nothing where the subnet is none, or nothing is left of the quota', async () => {
    await expect(ensure({ cidr: '190.0.0.1/24' })).rejects.toMatchObject({ kind: 'invalid' });
    await world.em.query(`UPDATE quota.usage SET "limit" = 0 WHERE tenant_id = $1 AND kind = 'subnets'`, [
      who.tenantId,
    ]);
    await expect(ensure()).rejects.toMatchObject({ kind: 'exhausted' });
    expect(await world.em.countBy(Vpc, { id: wanted.vpcId })).toBe(0);
  });

  it('is shown to its user, who cannot change it nor put anything into it', async () => {
    await ensure();
    const ctx = contextOf(who);
    const { vpcId, subnetId } = wanted;
    expect(await world.app.call(getVpc, ctx, { id: vpcId })).toMatchObject({ managedBy: 'cdn' });
    const refused = [
      () => world.app.call(updateVpc, ctx, { id: vpcId, name: 'mine' }),
      () => world.app.call(deleteVpc, ctx, { id: vpcId }),
      () => world.app.call(updateSubnet, ctx, { id: subnetId, name: 'mine' }),
      () => world.app.call(deleteSubnet, ctx, { id: subnetId }),
      () => world.app.call(createSubnet, ctx, { vpcId, name: 'mine', cidr: '10.1.0.0/24' }),
      () => world.app.call(checkNic, ctx, { subnetId }),
    ];
    for (const change of refused) await expect(change()).rejects.toMatchObject(managed);
  });

  it('goes when it is discarded, once or twice, and is not made anew meanwhile', async () => {
    await ensure();
    const { vpcId: id } = wanted;
    await world.app.call(discardNetwork, cdn, { id });
    await expect(ensure()).rejects.toMatchObject({ code: 'network_going' });
    await world.app.call(discardNetwork, cdn, { id });
    await world.untilGone(() => world.app.call(getVpc, contextOf(who), { id }));
    await world.app.call(discardNetwork, cdn, { id });
    expect(await world.em.countBy(Subnet, { id: wanted.subnetId })).toBe(0);
    expect(await ledgerCount(world.em, who.tenantId ?? '')).toBe(0);
  });

  it('is the only one that can be discarded so', async () => {
    const vpc = await world.vpc(who);
    await world.app.call(discardNetwork, cdn, { id: vpc.id });
    expect(await world.app.call(getVpc, contextOf(who), { id: vpc.id })).not.toMatchObject({
      state: 'deleting',
    });
  });
});
