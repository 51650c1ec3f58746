import { Injectable } from '@nestjs/common';
import {
  ensureDefaultNetwork,
  NuboError,
  unavailable,
  type DefaultNetworkView,
  type EnsureDefaultNetwork,
  type RequestContext,
} from '@nubo/contracts';
import { Fleet } from '@nubo/fleet';
import { Intentions } from '@nubo/persistence';
import { Not, type EntityManager } from 'typeorm';
import { Subnet, Vpc } from '../../../../libs/entities/src/network';
import { SubnetPlace } from '../subnets/subnet-place.service';
import { subnetShape, type SubnetShape } from '../subnets/subnets.rules';
import { insertSubnet } from '../subnets/subnets.service';
import { candidates, type Candidate } from '../vpcs/vpcs.rules';
import { insertVpc } from '../vpcs/vpcs.service';
import { DEFAULT_CIDRS, DEFAULT_NAME } from './defaults.rules';

const TRIES = 5;
const RACED = 'default_network_raced';
const raced = (): NuboError => unavailable(RACED, 'The default network is being made by somebody else.');

/** The network of those who name none: a VPC and a subnet `default` of each user's own, made when it is first needed. */
@Injectable()
export class DefaultsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly fleet: Fleet,
    private readonly place: SubnetPlace,
  ) {
    intentions.explain({ vpcs_default_of: raced, subnets_default_of: raced });
  }

  async ensure(ctx: RequestContext, who: EnsureDefaultNetwork): Promise<DefaultNetworkView> {
    const there = await this.intentions.read((em) => complete(em, who.userId));
    return there ?? this.make(ctx, who);
  }

  /** Of two at once the database takes one: the other finds, at its next try, what that one has made. */
  private async make(ctx: RequestContext, who: EnsureDefaultNetwork): Promise<DefaultNetworkView> {
    const hosts = await this.fleet.all();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.intentions.write(ensureDefaultNetwork, ctx, who, async ({ em }) => {
          const vpc = (await liveVpc(em, who.userId)) ?? (await newVpc(em, who, () => candidates(hosts)));
          const subnet = (await liveSubnet(em, vpc)) ?? (await this.newSubnet(em, who, vpc));
          return { vpcId: vpc.id, subnetId: subnet.id };
        });
      } catch (error) {
        if (!(error instanceof NuboError) || error.code !== RACED || attempt === TRIES) throw error;
      }
    }
  }

  private async newSubnet(em: EntityManager, who: EnsureDefaultNetwork, vpc: Vpc): Promise<Subnet> {
    const shape = await this.shapeIn(em, vpc);
    const input = { vpcId: vpc.id, name: DEFAULT_NAME, cidr: shape.cidr };
    return insertSubnet(em, { who, input, vpc, shape, defaultOf: who.userId });
  }

  /** The first place that nothing overlaps with. Throws what is wrong with the last. */
  private async shapeIn(em: EntityManager, vpc: Vpc): Promise<SubnetShape> {
    let refusal: unknown;
    for (const cidr of DEFAULT_CIDRS) {
      const shape = subnetShape({ vpcId: vpc.id, name: DEFAULT_NAME, cidr });
      try {
        await this.place.assertFits(em, vpc, shape);
        return shape;
      } catch (error) {
        if (!(error instanceof NuboError)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }
}

const alive = { state: Not('deleting' as const) };

/** Both are there and stay: nothing is locked, nothing written. */
async function complete(em: EntityManager, userId: string): Promise<DefaultNetworkView | undefined> {
  const subnet = await em.findOneBy(Subnet, { defaultOf: userId, ...alive });
  return subnet ? { vpcId: subnet.vpcId, subnetId: subnet.id } : undefined;
}

/** Locked, as everywhere before its subnets: it cannot begin to be deleted meanwhile. */
function liveVpc(em: EntityManager, userId: string): Promise<Vpc | null> {
  const where = { defaultOf: userId, ...alive };
  return em.findOne(Vpc, { where, lock: { mode: 'pessimistic_write' } });
}

const liveSubnet = (em: EntityManager, { id: vpcId, defaultOf }: Vpc): Promise<Subnet | null> =>
  em.findOneBy(Subnet, { vpcId, defaultOf: defaultOf ?? '', ...alive });

const newVpc = (em: EntityManager, who: EnsureDefaultNetwork, able: () => Candidate[]): Promise<Vpc> =>
  insertVpc(em, { who, input: { name: DEFAULT_NAME }, able: able(), defaultOf: who.userId });
