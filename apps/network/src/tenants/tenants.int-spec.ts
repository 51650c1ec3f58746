import { randomUUID } from 'node:crypto';
import {
  createPort,
  getPort,
  getSubnet,
  getVpc,
  portDeleted,
  tenantClosing,
  userClosing,
  type PortView,
  type Principal,
  type SubnetView,
  type VpcView,
} from '@nubo/contracts';
import type { Host } from '@nubo/fleet';
import { grant } from '@nubo/persistence';
import { ledgerCount, quotaDriftOf, userLedgerCount } from '@nubo/quota';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Port } from '../../../../libs/entities/src/network';
import { compute, NetworkWorld } from '../testing/network-world';

jest.setTimeout(60_000);

let world: NetworkWorld;
let router: Host;
let host: Host;
let stranger: Principal;

beforeAll(async () => {
  world = await NetworkWorld.open();
  router = await world.networkHost();
  host = await world.host();
  stranger = await world.owner();
});
afterEach(async () => {
  await world.setHostState(router.id, 'ready');
  await world.setHostState(host.id, 'ready');
});
afterAll(() => world?.stop());

const port = (id: string) => world.app.call(getPort, compute, { id });

/** A VPC of `who` whose subnet is shared with the stranger, who has a NIC on it. */
async function shared(who: Principal): Promise<{ vpc: VpcView; subnet: SubnetView; nic: PortView }> {
  const vpc = await world.readyVpc(who);
  const subnet = await world.readySubnet(who, vpc.id);
  await grant(world.em, subnet.id, stranger, 'use');
  return { vpc, subnet, nic: await world.activePort(stranger, subnet.id, host.id) };
}

const close = ({ tenantId }: Principal) =>
  world.app.bus.publish(tenantClosing, { tenantId: tenantId as string });

async function untilNothingIsLeft(who: Principal): Promise<void> {
  await eventually(async () => (await ledgerCount(world.em, who.tenantId as string)) === 0);
  expect(await quotaDriftOf(world.em)).toBe(0);
  expect(await world.used(stranger, 'addresses')).toBe(0);
}

describe('a tenant that is closed', () => {
  it('takes the NICs of others from its networks, and waits for nobody', async () => {
    const who = await world.owner();
    const { vpc, subnet, nic } = await shared(who);
    const admins = await world.port(someone('admin'), subnet.id);
    await close(who);
    await untilNothingIsLeft(who);
    await world.untilGone(() => port(nic.id));
    await world.untilGone(() => port(admins.id));
    await world.untilGone(() => world.app.call(getSubnet, contextOf(someone('admin')), { id: subnet.id }));
    await world.untilGone(() => world.app.call(getVpc, contextOf(someone('admin')), { id: vpc.id }));
    const { id: portId, instanceId } = nic;
    expect(await world.emitted(portDeleted)).toContainEqual({ portId, instanceId, vpcId: vpc.id });
    expect(world.actual(host.id).bridges).toEqual({});
  });

  it('completes while the hosts of its router and of a stranger’s instance are down', async () => {
    const who = await world.owner();
    const { nic } = await shared(who);
    await world.setHostState(router.id, 'down');
    await world.setHostState(host.id, 'down');
    await close(who);
    await untilNothingIsLeft(who);
    await world.untilGone(() => port(nic.id));
  });

  it('lets no NIC be made meanwhile: each is refused, or seen and taken', async () => {
    const who = await world.owner();
    const { subnet } = await shared(who);
    const late = Array.from({ length: 12 }, () => world.portInput(stranger, subnet.id));
    const made = Promise.allSettled(late.map((input) => world.app.call(createPort, compute, input)));
    await close(who);
    await made;
    await untilNothingIsLeft(who);
    expect(await world.em.countBy(Port, { subnetId: subnet.id })).toBe(0);
  });

  it('leaves its own NICs to its instances, which go by themselves', async () => {
    const who = await world.owner();
    const { subnet } = await shared(who);
    const own = await world.port(who, subnet.id, { instanceId: randomUUID() });
    await close(who);
    await eventually(async () => (await world.em.countBy(Port, { subnetId: subnet.id })) === 1);
    expect(await port(own.id)).toMatchObject({ state: 'unbound' });
  });

  it('frees what an earlier close had left to wait for strangers', async () => {
    const who = await world.owner();
    const { subnet, nic } = await shared(who);
    await world.em.query(`UPDATE subnets SET state = 'deleting' WHERE id = $1`, [subnet.id]);
    await close(who);
    await untilNothingIsLeft(who);
    await world.untilGone(() => port(nic.id));
  });
});

describe('a user who is deleted', () => {
  it('takes the NICs of colleagues and strangers from what it made, not from what colleagues made', async () => {
    const owner = await world.owner();
    const member = someone('member', { tenantId: owner.tenantId });
    const [theirs, kept] = [await shared(member), await shared(owner)];
    const colleague = await world.activePort(owner, theirs.subnet.id, host.id);
    const { userId, tenantId } = member;
    await world.app.bus.publish(userClosing, { userId, tenantId });
    await eventually(async () => (await userLedgerCount(world.em, userId)) === 0);
    await world.untilGone(() => port(theirs.nic.id));
    await world.untilGone(() => port(colleague.id));
    expect(await port(kept.nic.id)).toMatchObject({ state: 'active' });
    expect(await quotaDriftOf(world.em)).toBe(0);
  });
});
