import { randomUUID } from 'node:crypto';
import {
  bindPort,
  checkNic,
  createPort,
  deletePort,
  findPorts,
  getPort,
  portActive,
  portDeleted,
  type Principal,
  type SubnetView,
} from '@nubo/contracts';
import type { Host } from '@nubo/fleet';
import { contextOf, eventually, someone } from '@nubo/testing';
import { compute, NetworkWorld } from '../testing/network-world';

jest.setTimeout(60_000);

let world: NetworkWorld;
let host: Host;
let gateway: Host;
let who: Principal;
let lan: SubnetView;
let small: SubnetView;
beforeAll(async () => {
  world = await NetworkWorld.open();
  gateway = await world.networkHost();
  host = await world.host();
  who = await world.owner();
  const vpc = await world.readyVpc(who);
  lan = await world.readySubnet(who, vpc.id);
  small = await world.subnet(who, vpc.id, { name: 'small', cidr: '10.0.0.0/29', gateway: '10.0.0.6' });
});
afterAll(() => world?.stop());

const get = (id: string) => world.app.call(getPort, compute, { id });
const remove = (id: string) => world.app.call(deletePort, compute, { id });

describe('a port', () => {
  it('gets the lowest free address, a MAC of its own and names for its bridge and device', async () => {
    const port = await world.port(who, lan.id);
    expect(port).toMatchObject({
      state: 'unbound',
      ip: '190.0.0.2',
      prefix: 24,
      gateway: '190.0.0.1',
      mtu: 1450,
    });
    expect(port.mac).toMatch(/^52:54:00(:[0-9a-f]{2}){3}$/);
    expect([port.device, port.bridge]).toEqual([
      `np${port.id.slice(0, 8)}`,
      expect.stringMatching(/^nb\d+$/),
    ]);
  });

  it('is one when it is asked for twice, also at once', async () => {
    const input = world.portInput(who, lan.id);
    const make = () => world.app.call(createPort, compute, input);
    const [a, b, c] = [...(await Promise.all([make(), make()])), await make()];
    expect([b.ip, c.ip]).toEqual([a.ip, a.ip]);
    const other = world.app.call(createPort, compute, { ...input, instanceId: randomUUID() });
    await expect(other).rejects.toMatchObject({ code: 'port_exists' });
  });

  it('never shares an address, however many are made at once', async () => {
    const ports = await Promise.all(
      Array.from({ length: 40 }, () => eventually(() => world.port(who, lan.id))),
    );
    expect(new Set(ports.map(({ ip }) => ip)).size).toBe(40);
    expect(new Set(ports.map(({ mac }) => mac)).size).toBe(40);
  });

  it('gets the address that it asks for, unless that is outside, taken or the platform’s', async () => {
    const ask = (ip: string) => world.port(who, lan.id, { ip });
    expect((await ask('190.0.0.200')).ip).toBe('190.0.0.200');
    for (const ip of ['190.0.0.200', '190.0.0.1'])
      await expect(ask(ip)).rejects.toMatchObject({ kind: 'conflict', code: 'address_taken' });
    for (const ip of ['190.0.1.5', '190.0.0.0', '190.0.0.255'])
      await expect(ask(ip)).rejects.toMatchObject({ kind: 'unprocessable', code: 'address_outside_subnet' });
  });

  it('is refused when its subnet is full; freed addresses rest for a minute', async () => {
    const ports = [];
    for (let i = 0; i < 5; i += 1) ports.push(await world.port(who, small.id));
    expect(ports.map(({ ip }) => ip)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5']);
    await expect(world.port(who, small.id)).rejects.toMatchObject({ kind: 'exhausted', code: 'no_address' });
    const [, second] = ports;
    await remove(second?.id ?? '');
    await world.untilGone(() => get(second?.id ?? ''));
    await expect(world.port(who, small.id)).rejects.toMatchObject({ code: 'no_address' });
    await expect(world.port(who, small.id, { ip: '10.0.0.2' })).rejects.toMatchObject({
      code: 'address_taken',
    });
    await world.em.query(`UPDATE addresses SET free_at = now() - interval '1 second' WHERE use = 'resting'`);
    expect((await world.port(who, small.id)).ip).toBe('10.0.0.2');
  });

  it('counts against the quota of whom it is made for', async () => {
    const poor = await world.owner();
    await world.em.query(`UPDATE quota.usage SET "limit" = 5 WHERE tenant_id = $1 AND kind = 'addresses'`, [
      poor.tenantId,
    ]);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => world.port(poor, lan.id)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(await world.used(poor, 'addresses')).toBe(5);
  });

  it('becomes active on its host: filters and bridge stand, and the other hosts know of it', async () => {
    const started = performance.now();
    const port = await world.activePort(who, lan.id, host.id);
    expect(performance.now() - started).toBeLessThan(5_000);
    const vni = Number(port.bridge.slice(2));
    const here = world.actual(host.id);
    expect([here.filters.is, here.bridges[vni]?.up]).toEqual(['intact', true]);
    expect(here.vxlans[vni]?.flood).toEqual([gateway.underlayAddress]);
    await world.until(async () => {
      const { vxlans, routers } = world.actual(gateway.id);
      const served = Object.values(routers).some(({ dhcp }) => port.id in dhcp.hosts);
      return {
        state: served && vxlans[vni]?.flood.includes(host.underlayAddress ?? '') ? 'known' : 'unknown',
      };
    }, 'known');
    const { id: portId, instanceId, vpcId } = port;
    expect(await world.emitted(portActive)).toContainEqual({ portId, instanceId, vpcId });
  });

  it('can be bound again: to the same host without effect, to another anew', async () => {
    const next = await world.host();
    const port = await world.activePort(who, lan.id, host.id);
    expect((await world.app.call(bindPort, compute, { id: port.id, hostId: host.id })).state).toBe('active');
    expect((await world.app.call(bindPort, compute, { id: port.id, hostId: next.id })).state).toBe('binding');
    expect(await world.until(() => get(port.id), 'active')).toMatchObject({ hostId: next.id });
    const bad = world.app.call(bindPort, compute, { id: port.id, hostId: randomUUID() });
    await expect(bad).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('is deleted with its filters; twice is the same, and so is one that never was', async () => {
    const alone = await world.host();
    const port = await world.activePort(who, lan.id, alone.id);
    const before = await world.used(who, 'addresses');
    expect([await remove(port.id), await remove(port.id)]).toEqual([{}, {}]);
    await world.untilGone(() => get(port.id));
    expect(await remove(randomUUID())).toEqual({});
    expect(world.actual(alone.id)).toMatchObject({ filters: { is: 'none' }, bridges: {}, vxlans: {} });
    expect(await world.used(who, 'addresses')).toBe(before - 1);
    const { id: portId, instanceId, vpcId } = port;
    expect(await world.emitted(portDeleted)).toContainEqual({ portId, instanceId, vpcId });
  });

  it('is found by its owner and its tenant’s owner only', async () => {
    const maker = someone('member', { tenantId: who.tenantId });
    const port = await world.port(maker, lan.id);
    const find = async (by: Principal) =>
      (await world.app.call(findPorts, contextOf(by), { instanceId: port.instanceId })).items.map(
        ({ id }) => id,
      );
    expect(await find(maker)).toEqual([port.id]);
    expect(await find(who)).toEqual([port.id]);
    expect(await find(someone('admin'))).toEqual([port.id]);
    expect(await find(someone('member', { tenantId: who.tenantId }))).toEqual([]);
    expect(await find(await world.owner())).toEqual([]);
    const byId = await world.app.call(findPorts, contextOf(maker), { portId: port.id });
    expect(byId.items).toHaveLength(1);
  });

  it('can be asked for before it is made, without taking anything', async () => {
    const check = (by: Principal, ip?: string) =>
      world.app.call(checkNic, contextOf(by), ip ? { subnetId: lan.id, ip } : { subnetId: lan.id });
    expect(await check(who, '190.0.0.230')).toEqual({});
    expect(await check(who, '190.0.0.230')).toEqual({});
    await expect(check(who, '190.0.0.1')).rejects.toMatchObject({ code: 'address_taken' });
    await expect(check(await world.owner())).rejects.toMatchObject({ kind: 'not_found' });
  });
});
