import {
  bindPort,
  deletePort,
  deleteSubnet,
  deleteVpc,
  getPort,
  getVpc,
  hostChanged,
  routerProgrammed,
  type Principal,
  type SubnetView,
  type VpcView,
} from '@nubo/contracts';
import { Host } from '@nubo/fleet';
import { contextOf, eventually } from '@nubo/testing';
import { compute, NetworkWorld } from '../testing/network-world';

jest.setTimeout(60_000);

let world: NetworkWorld;
let gateway: Host;
let host: Host;
let who: Principal;
let vpc: VpcView;
let lan: SubnetView;
beforeAll(async () => {
  world = await NetworkWorld.open();
  gateway = await world.networkHost();
  who = await world.owner();
  vpc = await world.readyVpc(who);
  lan = await world.readySubnet(who, vpc.id);
});
beforeEach(async () => {
  host = await world.host();
});
afterAll(() => world?.stop());

const remove = (id: string) => world.app.call(deletePort, compute, { id });
const get = (id: string) => world.app.call(getPort, compute, { id });
const programmed = async () =>
  (await world.emitted(routerProgrammed)).filter(({ routerId }) => routerId === vpc.id).length;

describe('the networks of a host', () => {
  it('are compared with what is wanted every 30 s, and mended', async () => {
    const port = await world.activePort(who, lan.id, host.id);
    const wanted = structuredClone(world.actual(host.id));
    const rows: { in_s: number }[] = await world.em.query(
      `SELECT extract(epoch FROM due_at - now())::int AS in_s FROM work WHERE kind = 'host-network' AND resource_id = $1`,
      [host.id],
    );
    expect(rows[0]?.in_s).toBeGreaterThan(20);
    expect(rows[0]?.in_s).toBeLessThanOrEqual(30);
    world.networks.reboot(host.id);
    await world.look(host.id);
    await eventually(() => expect(world.actual(host.id)).toEqual(wanted) === undefined);
    expect((await get(port.id)).state).toBe('active');
  });

  it('are looked at when the host is back, and routers are told of as made anew', async () => {
    const before = await programmed();
    world.networks.reboot(gateway.id);
    await world.app.bus.publish(hostChanged, { hostId: gateway.id, state: 'ready' });
    await eventually(async () => (await programmed()) > before);
    const router = world.actual(gateway.id).routers[`nr-${vpc.id.slice(0, 8)}`];
    expect(router).toMatchObject({ usable: true, dhcp: { running: true } });
  });

  it('protect a host that is new', async () => {
    const rules = () => JSON.stringify(world.actual(gateway.id).routers[`nr-${vpc.id.slice(0, 8)}`]?.rules);
    await world.look(gateway.id);
    await eventually(() => world.networks.done.length > 0);
    const before = rules();
    const fresh = await world.host();
    await world.app.bus.publish(hostChanged, { hostId: fresh.id, state: 'ready' });
    await eventually(() => rules() !== before);
  });

  it('are left alone while the host is down; what is deleted meanwhile goes, and is cleaned when it is back', async () => {
    const port = await world.activePort(who, lan.id, host.id);
    await world.setHostState(host.id, 'down');
    world.networks.unreachable.add(host.id);
    await remove(port.id);
    await world.untilGone(() => get(port.id));
    expect(world.actual(host.id).filters.is).toBe('intact');
    world.networks.unreachable.delete(host.id);
    await world.setHostState(host.id, 'ready');
    await world.app.bus.publish(hostChanged, { hostId: host.id, state: 'ready' });
    await eventually(() => world.actual(host.id).filters.is === 'none');
    expect(world.actual(host.id)).toMatchObject({ bridges: {}, vxlans: {} });
  });

  it('of a host that is gone hold nothing up', async () => {
    const other = await world.readyVpc(who);
    const port = await world.activePort(who, lan.id, host.id);
    await world.em.delete(Host, { id: host.id });
    await world.app.bus.publish(hostChanged, { hostId: host.id, state: 'deleted' });
    await remove(port.id);
    await world.untilGone(() => get(port.id));
    await world.app.call(deleteVpc, contextOf(who), { id: other.id });
    await world.untilGone(() => world.app.call(getVpc, contextOf(who), { id: other.id }));
    await eventually(async () => {
      const rows: unknown[] = await world.em.query('SELECT 1 FROM work WHERE resource_id = $1', [host.id]);
      return rows.length === 0;
    });
  });

  it('take their routers with them when a network host is removed: its VPCs say so and can be deleted', async () => {
    const there = await world.networkHost(5, { location: 'far' });
    const { id } = await world.vpc(who, { region: 'far' });
    const look = () => world.app.call(getVpc, contextOf(who), { id });
    await world.until(look, 'ready');
    await world.em.delete(Host, { id: there.id });
    await world.app.bus.publish(hostChanged, { hostId: there.id, state: 'deleted' });
    expect((await world.until(look, 'error')).stateReason).toContain('network host was removed');
    await world.app.call(deleteVpc, contextOf(who), { id });
    await world.untilGone(look);
  });

  it('do not wait for one part of them that fails', async () => {
    const port = await world.port(who, lan.id);
    world.networks.refusals.set('leftovers', 'Device or resource busy');
    world.actual(host.id).bridges[999_999] = { up: true, mtu: 1450, master: null, ipv6: false };
    await world.app.call(bindPort, compute, { id: port.id, hostId: host.id });
    expect((await world.until(() => get(port.id), 'active')).stateReason).toBeNull();
    world.networks.refusals.clear();
    await world.look(host.id);
    await eventually(() => Object.keys(world.actual(host.id).bridges).length === 1);
  });

  it('say in the port why it is not active in time', async () => {
    const port = await world.port(who, lan.id);
    world.networks.refusals.set('filters', 'Error: Could not process rule: No such file or directory');
    await world.app.call(bindPort, compute, { id: port.id, hostId: host.id });
    await world.em.query(
      `UPDATE work SET deadline_at = now() - interval '1 s' WHERE kind = 'port' AND resource_id = $1`,
      [port.id],
    );
    const reason = await eventually(async () => {
      await world.em.query(`UPDATE work SET due_at = now() WHERE kind = 'port' AND resource_id = $1`, [
        port.id,
      ]);
      const { stateReason } = await get(port.id);
      return stateReason?.includes('No such file') ? stateReason : undefined;
    });
    expect(reason).toContain(`host ${host.name}`);
    world.networks.refusals.clear();
    await world.look(host.id);
    expect((await world.until(() => get(port.id), 'active')).stateReason).toBeNull();
  });

  it('are empty when all is deleted', async () => {
    const rows: { id: string }[] = await world.em.query('SELECT id FROM ports');
    for (const { id } of rows) await remove(id);
    await world.app.call(deleteSubnet, contextOf(who), { id: lan.id });
    await world.app.call(deleteVpc, contextOf(who), { id: vpc.id });
    await world.untilGone(() => world.app.call(getVpc, contextOf(who), { id: vpc.id }));
    expect(world.actual(gateway.id)).toMatchObject({ bridges: {}, vxlans: {}, veths: {}, routers: {} });
    for (const table of ['subnets', 'ports', 'addresses']) {
      expect(await world.em.query(`SELECT * FROM ${table}`)).toEqual([]);
    }
  });
});
