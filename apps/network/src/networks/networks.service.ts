import { Injectable } from '@nestjs/common';
import {
  conflict,
  ensureNetwork,
  type EnsureNetwork,
  type NetworkView,
  type Nothing,
  type RequestContext,
} from '@nubo/contracts';
import { Fleet, type Host } from '@nubo/fleet';
import { Intentions } from '@nubo/persistence';
import { IsNull, Not, type EntityManager } from 'typeorm';
import { Subnet, Vpc } from '../../../../libs/entities/src/network';
import { toRouterView } from '../routers/routers.mapper';
import { SubnetPlace } from '../subnets/subnet-place.service';
import { toSubnetView } from '../subnets/subnets.mapper';
import { subnetShape } from '../subnets/subnets.rules';
import { insertSubnet } from '../subnets/subnets.service';
import { markSubnetsDeleting } from '../subnets/subnets.store';
import { candidates, type Candidate } from '../vpcs/vpcs.rules';
import { insertVpc, markVpcsDeleting } from '../vpcs/vpcs.service';

/** Networks that other services keep for users: a VPC and one subnet, under ids that are theirs. */
@Injectable()
export class NetworksService {
  constructor(
    private readonly intentions: Intentions,
    private readonly fleet: Fleet,
    private readonly place: SubnetPlace,
  ) {}

  async ensure(ctx: RequestContext, input: EnsureNetwork): Promise<NetworkView> {
    const there = await this.intentions.read((em) => networkOf(em, input));
    return there ?? this.make(ctx, input);
  }

  async discard(ctx: RequestContext, id: string): Promise<Nothing> {
    await this.intentions.apply(ctx, async ({ em }) => {
      const where = { id, managedBy: Not(IsNull()) };
      const vpc = await em.findOne(Vpc, { where, lock: { mode: 'pessimistic_write' } });
      if (!vpc || vpc.state === 'deleting') return;
      const subnets = await em.findBy(Subnet, { vpcId: id, state: Not('deleting') });
      if (subnets.length > 0) await markSubnetsDeleting(em, subnets);
      await markVpcsDeleting(em, [vpc]);
    });
    return {};
  }

  /** Whoever asks at the same moment waits at the lock and finds what was made. */
  private async make(ctx: RequestContext, input: EnsureNetwork): Promise<NetworkView> {
    const hosts = await this.fleet.all();
    const { subnetId, vpcId, name, cidr } = input;
    const shape = subnetShape({ vpcId, name, cidr });
    return this.intentions.write(ensureNetwork, ctx, input, async ({ em }) => {
      await em.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`network:${vpcId}`]);
      const there = await networkOf(em, input);
      if (there) return there;
      const kept = { who: input, managedBy: input.managedBy };
      const vpc = await insertVpc(em, {
        ...kept,
        id: vpcId,
        input: { name },
        able: near(hosts, input.region),
      });
      await this.place.assertFits(em, vpc, shape);
      await insertSubnet(em, { ...kept, id: subnetId, input: { vpcId, name, cidr }, vpc, shape });
      const made = await networkOf(em, input);
      if (!made) throw conflict('network_going', `The network ${vpcId} is being deleted.`);
      return made;
    });
  }
}

/** The network hosts of the region; where it has none, all. */
function near(hosts: Host[], region?: string): Candidate[] {
  const there = hosts.some((host) => host.roles.includes('network') && host.location === region);
  return candidates(hosts, there ? region : undefined);
}

/** Throws `conflict` while it is being deleted. */
async function networkOf(
  em: EntityManager,
  { vpcId, subnetId }: EnsureNetwork,
): Promise<NetworkView | undefined> {
  const vpc = await em.findOneBy(Vpc, { id: vpcId });
  const subnet = vpc && (await em.findOneBy(Subnet, { id: subnetId, vpcId }));
  if (!vpc || !subnet) return undefined;
  if (vpc.state === 'deleting') throw conflict('network_going', `The network ${vpcId} is being deleted.`);
  return { router: toRouterView(vpc, [subnet.cidr]), subnet: toSubnetView(subnet) };
}
