import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  conflict,
  createSubnet,
  deleteSubnet,
  updateSubnet,
  listSubnets,
  type ById,
  type CreateSubnet,
  type ListInput,
  type Manager,
  type Page,
  type Principal,
  type RequestContext,
  type SubnetView,
  type UpdateSubnet,
} from '@nubo/contracts';
import {
  assertUnmanaged,
  assertVersion,
  grant,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  principalOf,
  writtenByUser,
} from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { Not, type EntityManager } from 'typeorm';
import { Port, Subnet, Vpc } from '../../../../libs/entities/src/network';
import { keepSystemAddresses } from '../addresses/addresses.store';
import { wakeHosts } from '../host-network/host-work.store';
import { lockedVpc } from '../vpcs/vpcs.service';
import { SubnetPlace } from './subnet-place.service';
import { toSubnetView } from './subnets.mapper';
import { inUseMessage, subnetShape, type SubnetShape } from './subnets.rules';
import { IN_VPC, livePorts, markSubnetsDeleting, nextVni, subnetFor, vpcChanged } from './subnets.store';

export const SUBNET_DEADLINE_MS = 60_000;

/** How many instances an answer names. */
const NAMED = 10;

const FILTER = filterOn(Subnet, listSubnets, {
  cidr: (subnet) => `CAST( ${subnet}.cidr AS text )`,
  gateway: (subnet) => `host( ${subnet}.gateway )`,
});

@Injectable()
export class SubnetsService implements OnModuleInit {
  constructor(
    private readonly intentions: Intentions,
    private readonly place: SubnetPlace,
  ) {}

  onModuleInit(): void {
    // Two creations at once: the second finds no row to name.
    const overlaps = () => conflict('subnet_overlaps', 'The network overlaps with another of this VPC.');
    this.intentions.explain({ subnets_overlap: overlaps });
  }

  async create(ctx: RequestContext, input: CreateSubnet): Promise<SubnetView> {
    const who = principalOf(ctx);
    const shape = subnetShape(input);
    return this.intentions.write(createSubnet, ctx, input, async ({ em }) => {
      const vpc = await lockedVpc(em, ctx, input.vpcId);
      assertUnmanaged(vpc, 'VPC');
      await this.place.assertFits(em, vpc, shape);
      return toSubnetView(await insertSubnet(em, { who, input, vpc, shape }));
    });
  }

  list(ctx: RequestContext, input: ListInput): Promise<Page<SubnetView>> {
    return this.intentions.read((em) =>
      pageOfQuery(
        limitToVisible(em.createQueryBuilder(Subnet, 'subnet'), ctx, undefined, IN_VPC),
        input,
        toSubnetView,
        FILTER.for(ctx),
      ),
    );
  }

  get(ctx: RequestContext, { id }: ById): Promise<SubnetView> {
    return this.intentions.read(async (em) => toSubnetView(await subnetFor(em, ctx, [id, 'use'])));
  }

  update(ctx: RequestContext, input: UpdateSubnet): Promise<SubnetView> {
    return this.intentions.write(updateSubnet, ctx, input, async ({ em }) => {
      const subnet = await subnetFor(em, ctx, [input.id, 'manage']);
      assertUnmanaged(subnet, 'subnet');
      assertVersion(ctx, subnet);
      writtenByUser(subnet, input);
      const { name, metadata, version, updatedAt } = subnet;
      await em.update(Subnet, { id: subnet.id }, { name, metadata, version, updatedAt });
      return toSubnetView(subnet);
    });
  }

  delete(ctx: RequestContext, input: ById): Promise<SubnetView> {
    return this.intentions.write(deleteSubnet, ctx, input, async ({ em }) => {
      const subnet = await lockedBehindVpc(em, ctx, input.id);
      if (subnet.state === 'deleting') return toSubnetView(subnet);
      assertUnmanaged(subnet, 'subnet');
      assertVersion(ctx, subnet);
      await assertUnused(em, ctx, subnet);
      await markSubnetsDeleting(em, [subnet]);
      return toSubnetView({ ...subnet, state: 'deleting', stateReason: null });
    });
  }
}

/** Locks are taken in one order everywhere: VPC, subnet, port, quota, work. */
async function lockedBehindVpc(em: EntityManager, ctx: RequestContext, id: string): Promise<Subnet> {
  const { vpcId } = await subnetFor(em, ctx, [id, 'use']);
  await em.findOne(Vpc, { where: { id: vpcId }, lock: { mode: 'pessimistic_write' } });
  return subnetFor(em, ctx, [id, 'manage']);
}

/** Names the instances that the caller may see, and counts the ports of others. */
async function assertUnused(em: EntityManager, ctx: RequestContext, subnet: Subnet): Promise<void> {
  const ports = await livePorts(em, subnet.id);
  if (ports === 0) return;
  const query = em.createQueryBuilder(Port, 'port').where('port.subnetId = :id', { id: subnet.id });
  const live = limitToVisible(query, ctx).andWhere({ state: Not('deleting') });
  const seen = await live.orderBy('port.id').limit(NAMED).getMany();
  const named = seen.map(({ instanceId, name }) => ({ id: instanceId, name }));
  const details = { ports, named, others: ports - named.length };
  throw conflict('subnet_in_use', inUseMessage(subnet.name, details), details);
}

export interface NewSubnet {
  /** Who gets it and pays. */
  who: Pick<Principal, 'tenantId' | 'userId'>;
  input: CreateSubnet;
  vpc: Vpc;
  shape: SubnetShape;
  /** Whose default subnet it is. */
  defaultOf?: string;
  /** Minted by whoever keeps it. */
  id?: string;
  managedBy?: Manager;
}

/** The intention of a new subnet of a locked VPC that it fits in, in the caller's transaction. */
export async function insertSubnet(em: EntityManager, wanted: NewSubnet): Promise<Subnet> {
  const { who, vpc, shape } = wanted;
  const subnet = newSubnet(em, wanted, await nextVni(em));
  await em.insert(Subnet, subnet);
  await keepSystemAddresses(em, subnet.id, shape);
  await reserve(em, { tenantId: subnet.tenantId, userId: who.userId }, subnet.id, { subnets: 1 });
  await grant(em, subnet.id, who, 'manage');
  await wake(em, 'subnet', subnet.id, { deadlineMs: SUBNET_DEADLINE_MS });
  await vpcChanged(em, [vpc.id]);
  await wakeHosts(em, [vpc.hostId]);
  return subnet;
}

/** An operator's subnet belongs to the VPC's tenant, so that it goes with it. */
function newSubnet(em: EntityManager, { who, input, vpc, shape, ...more }: NewSubnet, vni: number): Subnet {
  return em.create(Subnet, {
    id: more.id ?? randomUUID(),
    name: input.name,
    tenantId: who.tenantId ?? vpc.tenantId,
    userId: who.userId,
    metadata: input.metadata ?? {},
    state: 'creating',
    stateReason: null,
    vpcId: vpc.id,
    cidr: shape.cidr,
    gateway: shape.gateway,
    dhcp: input.dhcp ?? true,
    dns: shape.dns,
    vni,
    defaultOf: more.defaultOf ?? null,
    managedBy: more.managedBy ?? null,
  });
}
