/** Who may do what in the network service: every operation for people, as everybody. */
import {
  checkNic,
  createSubnet,
  createVpc,
  deleteSubnet,
  deleteVpc,
  findPorts,
  getRouter,
  getSubnet,
  getVpc,
  listSubnets,
  listVpcs,
  nameUsers,
  resolveUser,
  sharePorts,
  subnetShares,
  updateSubnet,
  updateVpc,
  vpcShares,
  type ListInput,
  type Operation,
  type Principal,
} from '@nubo/contracts';
import { grant } from '@nubo/persistence';
import { openAccount } from '@nubo/quota';
import {
  actorsAround,
  contextOf,
  expectedOf,
  granteesOf,
  probe,
  readers,
  readersWith,
  unclassified,
  verdicts,
  type Actors,
  type Probe,
} from '@nubo/testing';
import { Subnet } from '../../../libs/entities/src/network';
import { compute, NetworkWorld } from './testing/network-world';

jest.setTimeout(60_000);

/** `alone` is shared by itself, `inside` is in a VPC that is shared. */
interface Made {
  actors: Actors;
  vpc: string;
  inside: string;
  alone: string;
  /** A NIC that is shared with its instance. */
  port: string;
  instance: string;
}

const friend = ({ actors }: Made) => actors.manage?.userId ?? '';
const another = (vpcId: string) => ({ vpcId, name: 'more', cidr: '10.9.0.0/24' });

const PROBES: Probe<Made>[] = [
  probe(listVpcs, 'user'),
  probe(createVpc, 'user', () => ({ name: 'mine' })),
  probe(getVpc, 'use', ({ vpc: id }) => ({ id })),
  probe(updateVpc, 'manage', ({ vpc: id }) => ({ id, metadata: {} })),
  probe(deleteVpc, 'manage', ({ vpc: id }) => ({ id })),
  probe(vpcShares.list, 'manage', ({ vpc: id }) => ({ id })),
  probe(vpcShares.create, 'manage', (made) => ({ id: made.vpc, user: friend(made) })),
  probe(vpcShares.remove, 'manage', (made) => ({ id: made.vpc, userId: friend(made) })),
  probe(listSubnets, 'user'),
  probe(createSubnet, 'manage', ({ vpc }) => another(vpc), 'in a VPC'),
  probe(subnetShares.list, 'manage', ({ alone: id }) => ({ id })),
  probe(subnetShares.create, 'manage', (made) => ({ id: made.alone, user: friend(made) })),
  probe(subnetShares.remove, 'manage', (made) => ({ id: made.alone, userId: friend(made) })),
  ...(['alone', 'inside'] as const).flatMap((which): Probe<Made>[] => [
    probe(getSubnet, 'use', (made) => ({ id: made[which] }), which),
    probe(updateSubnet, 'manage', (made) => ({ id: made[which], metadata: {} }), which),
    probe(deleteSubnet, 'manage', (made) => ({ id: made[which] }), which),
    probe(checkNic, 'use', (made) => ({ subnetId: made[which] }), which),
  ]),
  probe(getRouter, 'use', ({ vpc: id }) => ({ id }), 'for a mapping'),
];

describe('who may do what in network', () => {
  let world: NetworkWorld;
  let made: Made;

  beforeAll(async () => {
    world = await NetworkWorld.open({ idle: true });
    const maker: Principal = { ...(await world.owner()), role: 'member' };
    const actors = actorsAround(maker);
    await openAccount(world.em, actors.stranger?.tenantId ?? '');
    await world.networkHost();
    made = await furnish(world, maker, actors);
  });
  afterAll(() => world?.stop());

  it('is said for every operation', () => {
    expect(unclassified('network', PROBES)).toEqual([]);
  });

  it.each(PROBES.map((each): [string, Probe<Made>] => [`${each.op.subject} ${each.how ?? ''}`, each]))(
    '%s',
    async (_, each) => {
      expect(await verdicts(world.app, made.actors, each, made)).toEqual(expectedOf(each));
    },
  );

  it.each<Operation<ListInput, object>>([listVpcs, listSubnets])(
    'lists only what can be seen: $subject',
    async (list) => {
      for (const id of list === listVpcs ? [made.vpc] : [made.alone, made.inside])
        expect(await readers(world.app, made.actors, list, [id])).toEqual(readersWith('use'));
    },
  );

  it('opens the NICs of a shared VM as the VM is open', async () => {
    const found: Record<string, string> = {};
    for (const actor of ['owner', 'maker', 'member', 'use', 'manage', 'stranger', 'strangerUse'] as const) {
      const ctx = contextOf(made.actors[actor]);
      const which = { instanceId: made.instance, level: 'manage' as const };
      found[actor] = await world.app.call(findPorts, ctx, which).then(
        ({ items }) => `${items.length}`,
        (error: { kind: string }) => error.kind,
      );
    }
    expect(found).toEqual({
      owner: '1',
      maker: '1',
      member: '0',
      use: 'forbidden',
      manage: '1',
      stranger: '0',
      strangerUse: 'forbidden',
    });
    const seen = await world.app.call(findPorts, contextOf(made.actors.use), { portId: made.port });
    expect(seen.items).toHaveLength(1);
  });

  it('lets whoever makes a subnet in another’s VPC pay for it, and the VPC’s people rule it', async () => {
    const { strangerManage, owner, maker } = made.actors;
    const { id } = await world.app.call(createSubnet, contextOf(strangerManage), {
      ...another(made.vpc),
      cidr: '10.10.0.0/24',
    });
    expect(await world.em.findOneByOrFail(Subnet, { id })).toMatchObject({
      tenantId: strangerManage?.tenantId,
    });
    for (const who of [owner, maker]) {
      const { items } = await world.app.call(listSubnets, contextOf(who), {});
      expect(items.map((subnet) => subnet.id)).toContain(id);
      await world.app.call(deleteSubnet, contextOf(who, { dryRun: true }), { id });
    }
  });
});

/** What the maker made, and what the others were given of it. */
async function furnish(world: NetworkWorld, maker: Principal, actors: Actors): Promise<Made> {
  const { id: vpc } = await world.vpc(maker);
  const { id: inside } = await world.subnet(maker, vpc);
  const other = await world.vpc(maker, { name: 'other' });
  const { id: alone } = await world.subnet(maker, other.id);
  const { id: port, instanceId: instance } = await world.port(maker, inside);
  for (const [who, level] of granteesOf(actors))
    for (const id of [vpc, alone]) await grant(world.em, id, who, level);
  const user = { userId: friend({ actors } as Made), tenantId: maker.tenantId, email: 'friend@nubo.test' };
  await world.app.bus.answer(resolveUser, () => user);
  await world.app.bus.answer(nameUsers, () => ({ items: [user] }));
  await shareInstance(world, instance, actors);
  return { actors, vpc, inside, alone, port, instance };
}

/** As compute tells who has access to a VM. */
async function shareInstance(world: NetworkWorld, instanceId: string, actors: Actors): Promise<void> {
  const everybody: [Principal | null, 'use' | 'manage'][] = [[actors.maker, 'manage'], ...granteesOf(actors)];
  const grants = everybody.flatMap(([who, level]) =>
    who ? [{ userId: who.userId, tenantId: who.tenantId, level }] : [],
  );
  expect(await world.app.call(sharePorts, compute, { instanceId, grants })).toEqual({ ports: 1 });
}
