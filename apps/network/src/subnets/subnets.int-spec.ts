import {
  createSubnet,
  deletePort,
  deleteSubnet,
  deleteVpc,
  getSubnet,
  listSubnets,
  updateSubnet,
  type CreateSubnet,
  type Principal,
  type VpcView,
} from '@nubo/contracts';
import { contextOf, someone } from '@nubo/testing';
import { compute, NetworkWorld } from '../testing/network-world';

jest.setTimeout(60_000);

let world: NetworkWorld;
let who: Principal;
let vpc: VpcView;
beforeAll(async () => {
  world = await NetworkWorld.open();
  await world.networkHost();
  who = await world.owner();
  vpc = await world.readyVpc(who);
});
afterAll(() => world?.stop());

const make = (overrides: Partial<CreateSubnet>) => world.subnet(who, vpc.id, overrides);

describe('a subnet', () => {
  it('becomes ready when its router has a leg in it, and names its defaults', async () => {
    const made = await make({});
    expect(made).toMatchObject({ gateway: '190.0.0.1', dhcp: true, dns: [], state: 'creating' });
    await world.until(() => world.app.call(getSubnet, contextOf(who), { id: made.id }), 'ready');
  });

  it('is refused where it overlaps with another of its VPC, which is named', async () => {
    const call = make({ name: 'other', cidr: '190.0.0.128/25' });
    const message = expect.stringContaining('lan (190.0.0.0/24)') as string;
    await expect(call).rejects.toMatchObject({ kind: 'conflict', code: 'subnet_overlaps', message });
  });

  it('is made once when two that overlap are asked for at once', async () => {
    const answers = await Promise.allSettled([make({ cidr: '10.1.0.0/16' }), make({ cidr: '10.1.2.0/24' })]);
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as object] : [],
    );
    expect(refused).toEqual([expect.objectContaining({ code: 'subnet_overlaps' })]);
  });

  it('may have the addresses of a subnet of another VPC', async () => {
    const other = await world.readyVpc(who);
    expect((await world.subnet(who, other.id)).cidr).toBe('190.0.0.0/24');
  });

  it('is refused where it would hide the network outside of the router', async () => {
    const cidr = `${vpc.externalIp?.split('.').slice(0, 2).join('.')}.0.0/16`;
    await expect(make({ cidr })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it.each([
    [{ cidr: '10.0.0.1/24' }],
    [{ cidr: '10.0.0.0/30' }],
    [{ cidr: '127.0.0.0/24' }],
    [{ cidr: 'fd00::/64' }],
    [{ cidr: '10.9.0.0/24', gateway: '10.8.0.1' }],
    [{ cidr: '10.9.0.0/24', dns: ['nowhere'] }],
    [{ name: 'No Name' }],
  ])('is refused with %j', async (overrides) => {
    await expect(make(overrides)).rejects.toMatchObject({ kind: 'invalid', code: 'invalid_input' });
  });

  it('needs a VPC that the caller may change', async () => {
    const stranger = await world.owner();
    const call = world.subnet(stranger, vpc.id, { cidr: '10.5.0.0/24' });
    await expect(call).rejects.toMatchObject({ kind: 'not_found' });
    const member = someone('member', { tenantId: who.tenantId });
    await world.em.query(`INSERT INTO grants (resource_id, user_id, level) VALUES ($1, $2, 'use')`, [
      vpc.id,
      member.userId,
    ]);
    await expect(world.subnet(member, vpc.id, { cidr: '10.5.0.0/24' })).rejects.toMatchObject({
      kind: 'forbidden',
    });
  });

  it('of an operator in a tenant’s VPC belongs to the tenant and is paid by it', async () => {
    const before = await world.used(who, 'subnets');
    const made = await world.subnet(someone('admin'), vpc.id, { name: 'ops', cidr: '10.6.0.0/24' });
    expect([made.tenantId, await world.used(who, 'subnets')]).toEqual([who.tenantId, before + 1]);
  });

  it('changes its name and labels, nothing else', async () => {
    const { id } = await make({ cidr: '10.7.0.0/24' });
    const changed = await world.app.call(updateSubnet, contextOf(who), {
      id,
      name: 'new',
      metadata: { a: 'b' },
    });
    expect(changed).toMatchObject({ name: 'new', metadata: { a: 'b' }, version: 2 });
    const bad = world.app.call(updateSubnet, contextOf(who), { id, cidr: '10.8.0.0/24' } as { id: string });
    await expect(bad).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('is listed for those who may see it, page by page', async () => {
    const first = await world.app.call(listSubnets, contextOf(who), { limit: 2 });
    const second = await world.app.call(listSubnets, contextOf(who), { limit: 1000, after: first.next });
    const { items } = await world.app.call(listSubnets, contextOf(who), {});
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    expect((await world.app.call(listSubnets, contextOf(someone()), {})).items).toEqual([]);
  });

  it('is not deleted while instances are on it, and waits for those that are going', async () => {
    const subnet = await make({ cidr: '10.10.0.0/24' });
    const port = await world.port(who, subnet.id);
    const remove = () => world.app.call(deleteSubnet, contextOf(who), { id: subnet.id });
    await expect(remove()).rejects.toMatchObject({ code: 'subnet_in_use', details: { ports: 1 } });
    await world.app.call(deletePort, compute, { id: port.id });
    expect(await remove()).toMatchObject({ state: 'deleting' });
    await world.untilGone(remove);
  });

  it('names the instances on it that the caller may see, and counts the others', async () => {
    const subnet = await make({ cidr: '10.11.0.0/24' });
    const mine = await world.port(who, subnet.id, { name: 'mine' });
    const hidden = await world.port(await world.owner(), subnet.id, { name: 'hidden' });
    const refused: unknown = await world.app
      .call(deleteSubnet, contextOf(who), { id: subnet.id })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'subnet_in_use',
      message: expect.stringContaining(`mine (${mine.instanceId}) and 1 more`) as string,
      details: { ports: 2, named: [{ id: mine.instanceId, name: 'mine' }], others: 1 },
    });
    expect(JSON.stringify(refused)).not.toMatch(new RegExp(`hidden|${hidden.instanceId}|${hidden.id}`));
  });

  it('cannot be made in a VPC that is being deleted', async () => {
    const going = await world.readyVpc(who);
    await world.app.call(deleteVpc, contextOf(who), { id: going.id });
    const input = { vpcId: going.id, name: 'late', cidr: '10.11.0.0/24' };
    await expect(world.app.call(createSubnet, contextOf(who), input)).rejects.toMatchObject({
      kind: expect.stringMatching(/conflict|not_found/) as string,
    });
  });
});
