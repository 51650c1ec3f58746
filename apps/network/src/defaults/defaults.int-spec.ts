import {
  deletePort,
  deleteSubnet,
  deleteVpc,
  ensureDefaultNetwork,
  getSubnet,
  getVpc,
  tenantClosing,
  type DefaultNetworkView,
  type Principal,
} from '@nubo/contracts';
import { LedgerEntry, openAccount, quotaDriftOf } from '@nubo/quota';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Subnet, Vpc } from '../../../../libs/entities/src/network';
import { compute, NetworkWorld } from '../testing/network-world';

jest.setTimeout(60_000);

let world: NetworkWorld;
let who: Principal;
beforeAll(async () => {
  world = await NetworkWorld.open();
  await world.networkHost();
});
beforeEach(async () => {
  who = await world.owner();
});
afterAll(() => world?.stop());

const ensure = ({ tenantId, userId }: Principal = who): Promise<DefaultNetworkView> =>
  world.app.call(ensureDefaultNetwork, compute, { tenantId, userId });
const live = (user = who) => world.em.findBy(Vpc, { defaultOf: user.userId });
const vpcs = (limit: number) =>
  world.em.query(`UPDATE quota.usage SET "limit" = $2 WHERE tenant_id = $1 AND kind = 'vpcs'`, [
    who.tenantId,
    limit,
  ]);

describe('a default network', () => {
  it('is a VPC and a subnet of its user, who pays and may change them', async () => {
    const { vpcId, subnetId } = await ensure();
    const vpc = await world.until(() => world.app.call(getVpc, contextOf(who), { id: vpcId }), 'ready');
    expect(vpc).toMatchObject({ name: 'default', tenantId: who.tenantId });
    const subnet = await world.app.call(getSubnet, contextOf(who), { id: subnetId });
    expect(subnet).toMatchObject({ name: 'default', vpcId, cidr: '10.64.0.0/24', dhcp: true });
    const paid = await world.em.findBy(LedgerEntry, { userId: who.userId });
    expect(paid.map(({ id, kind }) => [id, kind]).sort()).toEqual(
      [
        [vpcId, 'vpcs'],
        [subnetId, 'subnets'],
      ].sort(),
    );
  });

  it('is the same however often it is asked for', async () => {
    expect(await ensure()).toEqual(await ensure());
  });

  it.each([
    ['of a tenant', async () => who],
    ['of the platform', async () => someone('admin')],
  ])('is one for a user %s, also when twenty ask at once', async (_, make) => {
    const user = await make();
    const answers = await Promise.all(Array.from({ length: 20 }, () => ensure(user)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await live(user)).toHaveLength(1);
    expect(await world.em.countBy(Subnet, { defaultOf: user.userId })).toBe(1);
    expect(await quotaDriftOf(world.em)).toBe(0);
  });

  it('is each user’s own, also within a tenant', async () => {
    const colleague = { ...someone('member'), tenantId: who.tenantId };
    const [mine, theirs] = [await ensure(), await ensure(colleague)];
    expect(theirs.vpcId).not.toBe(mine.vpcId);
    const look = world.app.call(getVpc, contextOf(colleague), { id: mine.vpcId });
    await expect(look).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('cannot be made twice by rows either', async () => {
    const { vpcId } = await ensure();
    const copy = `INSERT INTO vpcs (id, name, user_id, state, region, host_id, external_ip, namespace, default_of)
      SELECT gen_random_uuid(), name, user_id, state, region, host_id, '198.18.0.1', 'other', default_of FROM vpcs WHERE id = $1`;
    await expect(world.em.query(copy, [vpcId])).rejects.toMatchObject({ constraint: 'vpcs_default_of' });
  });

  it('is made anew when its subnet was deleted, beside what else is in its VPC', async () => {
    const first = await ensure();
    await world.app.call(deleteSubnet, contextOf(who), { id: first.subnetId });
    await world.untilGone(() => world.app.call(getSubnet, contextOf(who), { id: first.subnetId }));
    await world.subnet(who, first.vpcId, { name: 'mine', cidr: '10.64.0.0/16' });
    const again = await ensure();
    expect(again).toMatchObject({ vpcId: first.vpcId });
    const subnet = await world.app.call(getSubnet, contextOf(who), { id: again.subnetId });
    expect(subnet.cidr).toBe('10.128.0.0/24');
  });

  it('is made anew while the deleted one is still going', async () => {
    const first = await ensure();
    await world.app.call(deleteSubnet, contextOf(who), { id: first.subnetId });
    await world.app.call(deleteVpc, contextOf(who), { id: first.vpcId });
    const again = await ensure();
    expect([again.vpcId, again.subnetId]).not.toContain(first.vpcId);
    expect(again.subnetId).not.toBe(first.subnetId);
    await world.untilGone(() => world.app.call(getVpc, contextOf(who), { id: first.vpcId }));
  });

  it('is refused by the quota with the numbers, and leaves nothing', async () => {
    await vpcs(0);
    await expect(ensure()).rejects.toMatchObject({
      code: 'quota_exceeded',
      details: { kind: 'vpcs', limit: 0, used: 0, requested: 1 },
    });
    expect(await live()).toEqual([]);
    await vpcs(1);
    expect(await ensure()).toMatchObject({ vpcId: expect.any(String) as string });
  });

  it('lies apart from what is outside of its router', async () => {
    const other = await NetworkWorld.open();
    try {
      const external = {
        interface: 'eth0',
        range: '10.64.0.10-10.64.0.99',
        prefix: 24,
        gateway: '10.64.0.1',
      };
      await other.host({ roles: ['network'], external });
      const user = await other.owner();
      const { tenantId, userId } = user;
      const made = await other.app.call(ensureDefaultNetwork, compute, { tenantId, userId });
      const subnet = await other.app.call(getSubnet, contextOf(user), { id: made.subnetId });
      expect(subnet.cidr).toBe('10.128.0.0/24');
    } finally {
      await other.stop();
    }
  });

  it('goes with its tenant', async () => {
    await openAccount(world.em, who.tenantId ?? '');
    const { vpcId, subnetId } = await ensure();
    const port = await world.port(who, subnetId);
    await world.app.bus.publish(tenantClosing, { tenantId: who.tenantId ?? '' });
    await world.app.call(deletePort, compute, { id: port.id });
    await eventually(async () => (await world.em.countBy(Vpc, { id: vpcId })) === 0);
  });
});
