import {
  createVpc,
  deleteSubnet,
  deleteVpc,
  getRouter,
  getSubnet,
  getVpc,
  listVpcs,
  routerDeleted,
  routerProgrammed,
  tenantClosing,
  userClosing,
  updateVpc,
  type Principal,
} from '@nubo/contracts';
import type { Host } from '@nubo/fleet';
import { contextOf, eventually, someone } from '@nubo/testing';
import { NetworkWorld } from '../testing/network-world';

jest.setTimeout(60_000);

let world: NetworkWorld;
let gateway: Host;
let blue: Principal;
beforeAll(async () => {
  world = await NetworkWorld.open();
  gateway = await world.networkHost();
  blue = await world.owner();
});
afterAll(() => world?.stop());

const get = (who: Principal, id: string) => world.app.call(getVpc, contextOf(who), { id });

describe('a VPC', () => {
  it('becomes ready when its router stands on a network host', async () => {
    const made = await world.vpc(blue);
    expect(made).toMatchObject({ state: 'creating', region: 'loc1', routerId: made.id, version: 1 });
    const ready = await world.until(() => get(blue, made.id), 'ready');
    const router = world.actual(gateway.id).routers[`nr-${made.id.slice(0, 8)}`];
    expect(router?.uplink?.addresses).toEqual([`${ready.externalIp}/24`]);
    expect(await world.emitted(routerProgrammed)).toContainEqual({ routerId: made.id });
  });

  it('gets the lowest external address that is free, each its own, also at once', async () => {
    const many = await Promise.all(
      Array.from({ length: 8 }, () => world.owner().then((who) => world.vpc(who))),
    );
    const last = many.map((vpc) => Number(vpc.externalIp?.split('.')[3])).sort((a, b) => a - b);
    expect(last).toEqual(Array.from({ length: 8 }, (_, i) => (last[0] ?? 0) + i));
  });

  it('is refused where no network host can take it, with the reasons', async () => {
    const call = world.vpc(blue, { region: 'nowhere' });
    await expect(call).rejects.toMatchObject({
      kind: 'exhausted',
      code: 'no_network_host',
      details: { looked: 1, refused: [{ reason: 'it is in loc1, not in nowhere' }] },
    });
  });

  it('is refused when the network host has given all its addresses', async () => {
    await world.networkHost(2, { location: 'small' });
    await Promise.all([world.vpc(blue, { region: 'small' }), world.vpc(blue, { region: 'small' })]);
    const third = world.vpc(blue, { region: 'small' });
    await expect(third).rejects.toMatchObject({ kind: 'exhausted', code: 'no_external_address' });
  });

  it('counts against the quota: of 30 at once exactly 10 are made', async () => {
    const who = await world.owner();
    const answers = await Promise.allSettled(Array.from({ length: 30 }, () => world.vpc(who)));
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as object] : [],
    );
    expect(refused).toHaveLength(20);
    for (const reason of refused) expect(reason).toMatchObject({ code: 'quota_exceeded' });
    expect(await world.used(who, 'vpcs')).toBe(10);
  });

  it('makes nothing with dryRun, and one with the same Idempotency-Key', async () => {
    const who = await world.owner();
    await world.app.call(createVpc, contextOf(who, { dryRun: true }), { name: 'dry' });
    const once = { ...contextOf(who), idempotencyKey: 'k1' };
    const [a, b] = [
      await world.app.call(createVpc, once, { name: 'once' }),
      await world.app.call(createVpc, once, { name: 'once' }),
    ];
    expect(b.id).toBe(a.id);
    const { items } = await world.app.call(listVpcs, contextOf(who), {});
    expect(items.map((vpc) => vpc.name)).toEqual(['once']);
  });

  it.each([[{ name: 'Not a name' }], [{ name: 'x', region: '' }], [{ name: 'x', size: 1 }], [{}]])(
    'is refused with the input %j',
    async (input) => {
      const call = world.app.call(createVpc, contextOf(blue), input as { name: string });
      await expect(call).rejects.toMatchObject({ code: 'invalid_input' });
    },
  );

  it('changes its name and labels by merging, against the version that was read', async () => {
    const who = await world.owner();
    const { id } = await world.vpc(who);
    const update = (input: object, ifMatch?: number) =>
      world.app.call(updateVpc, { ...contextOf(who), ifMatch }, { id, ...input });
    expect(await update({ metadata: { team: 'blue' } })).toMatchObject({ name: 'blue', version: 2 });
    expect(await update({ name: 'new' })).toMatchObject({ name: 'new', metadata: { team: 'blue' } });
    expect(await update({ metadata: null }, 3)).toMatchObject({ metadata: {}, version: 4 });
    await expect(update({ name: 'late' }, 3)).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('is not there for anybody else', async () => {
    const { id } = await world.readyVpc(blue);
    const stranger = await world.owner();
    const member = someone('member', { tenantId: blue.tenantId });
    for (const who of [stranger, member]) {
      await expect(get(who, id)).rejects.toMatchObject({ kind: 'not_found' });
      await expect(world.app.call(deleteVpc, contextOf(who), { id })).rejects.toMatchObject({
        kind: 'not_found',
      });
      await expect(world.app.call(getRouter, contextOf(who), { id })).rejects.toMatchObject({
        kind: 'not_found',
      });
      expect((await world.app.call(listVpcs, contextOf(who), {})).items).toEqual([]);
    }
    expect((await get(someone('admin'), id)).id).toBe(id);
  });

  it('is shown as a router to other services', async () => {
    const vpc = await world.readyVpc(blue);
    await world.subnet(blue, vpc.id);
    const router = await world.app.call(getRouter, contextOf(blue), { id: vpc.id });
    expect(router).toMatchObject({
      hostId: gateway.id,
      namespace: `nr-${vpc.id.slice(0, 8)}`,
      cidrs: ['190.0.0.0/24'],
    });
  });

  it('is deleted when it has no subnet, gives its address back, and can be deleted twice', async () => {
    const who = await world.owner();
    const vpc = await world.readyVpc(who);
    const subnet = await world.subnet(who, vpc.id);
    const remove = () => world.app.call(deleteVpc, contextOf(who), { id: vpc.id });
    await expect(remove()).rejects.toMatchObject({ code: 'vpc_in_use', details: { subnets: 1 } });
    await world.app.call(deleteSubnet, contextOf(who), { id: subnet.id });
    expect(await remove()).toMatchObject({ state: 'deleting' });
    await world.untilGone(remove);
    expect(world.actual(gateway.id).routers).not.toHaveProperty(`nr-${vpc.id.slice(0, 8)}`);
    expect([await world.used(who, 'vpcs'), await world.used(who, 'subnets')]).toEqual([0, 0]);
    expect(await world.emitted(routerDeleted)).toContainEqual({ routerId: vpc.id });
    expect((await world.vpc(who)).externalIp).toBe(vpc.externalIp);
  });

  it('goes with its tenant, subnets and all', async () => {
    const who = await world.owner();
    const vpc = await world.readyVpc(who);
    await world.subnet(who, vpc.id);
    await world.subnet(someone('admin'), vpc.id, { cidr: '190.0.1.0/24' });
    await world.app.bus.publish(tenantClosing, { tenantId: who.tenantId ?? '' });
    await world.untilGone(() => get(who, vpc.id));
    const [{ n }]: [{ n: number }] = await world.em.query(
      'SELECT count(*)::int AS n FROM quota.ledger WHERE tenant_id = $1',
      [who.tenantId],
    );
    expect(n).toBe(0);
  });

  it('goes with the user who made it, and nothing else of the tenant does', async () => {
    const who = await world.owner();
    const { tenantId } = who;
    const [kept, member] = [await world.readyVpc(who), someone('member', { tenantId })];
    const mine = await world.readyVpc(member);
    const inIt = await world.subnet(who, mine.id);
    const inAnother = await world.subnet({ ...member, role: 'owner' }, kept.id);
    await world.app.bus.publish(userClosing, { userId: member.userId, tenantId });
    await world.untilGone(() => get(who, mine.id));
    const find = (id: string) => world.app.call(getSubnet, contextOf(who), { id });
    await world.untilGone(() => find(inIt.id));
    await world.untilGone(() => find(inAnother.id));
    expect(await get(who, kept.id)).toMatchObject({ state: 'ready' });
    expect([await world.used(who, 'vpcs'), await world.used(who, 'subnets')]).toEqual([1, 0]);
  });

  it('says why when its host cannot make the router in time, and becomes ready when it can', async () => {
    const vpc = await world.vpc(blue);
    const key = `router nr-${vpc.id.slice(0, 8)}`;
    const broken = await world.until(() => get(blue, vpc.id), 'ready');
    world.networks.refusals.set(key, 'RTNETLINK answers: Device or resource busy');
    world.networks.reboot(gateway.id);
    await world.em.query(`UPDATE vpcs SET state = 'creating' WHERE id = $1`, [broken.id]);
    await world.em.query(
      `UPDATE work SET due_at = now(), deadline_at = now() - interval '1 second' WHERE kind = 'vpc' AND resource_id = $1`,
      [broken.id],
    );
    await world.look(gateway.id);
    const failed = await eventually(async () => {
      await world.em.query(`UPDATE work SET due_at = now() WHERE kind = 'vpc' AND resource_id = $1`, [
        broken.id,
      ]);
      const now = await get(blue, broken.id);
      return now.state === 'error' && now.stateReason?.includes('busy') ? now : undefined;
    });
    expect(failed.stateReason).toContain(`host ${gateway.name}`);
    world.networks.refusals.clear();
    await world.look(gateway.id);
    expect((await world.until(() => get(blue, broken.id), 'ready')).stateReason).toBeNull();
  });
});
