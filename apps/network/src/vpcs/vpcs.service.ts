import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  conflict,
  createVpc,
  deleteVpc,
  updateVpc,
  listVpcs,
  type ById,
  type CreateVpc,
  type ListInput,
  type Manager,
  type Page,
  type Principal,
  type RequestContext,
  type UpdateVpc,
  type VpcView,
} from '@nubo/contracts';
import { Fleet } from '@nubo/fleet';
import {
  assertUnmanaged,
  assertVersion,
  grant,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  principalOf,
  requireAccess,
  writtenByUser,
} from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import { In, Not, type EntityManager } from 'typeorm';
import { Subnet, Vpc } from '../../../../libs/entities/src/network';
import { takeExternalAddress } from '../addresses/addresses.store';
import { wakeHosts } from '../host-network/host-work.store';
import { namespaceOf } from '../host-network/names.rules';
import { toVpcView } from './vpcs.mapper';
import { candidates, type Candidate } from './vpcs.rules';

export const VPC_DEADLINE_MS = 60_000;
const NOUN = 'VPC';

const FILTER = filterOn(Vpc, listVpcs, { routerId: 'id', externalIp: (vpc) => `host( ${vpc}.externalIp )` });

@Injectable()
export class VpcsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly fleet: Fleet,
  ) {}

  async create(ctx: RequestContext, input: CreateVpc): Promise<VpcView> {
    const who = principalOf(ctx);
    const able = candidates(await this.fleet.all(), input.region);
    return this.intentions.write(createVpc, ctx, input, async ({ em }) => {
      return toVpcView(await insertVpc(em, { who, input, able }));
    });
  }

  list(ctx: RequestContext, input: ListInput): Promise<Page<VpcView>> {
    return this.intentions.read((em) =>
      pageOfQuery(limitToVisible(em.createQueryBuilder(Vpc, 'vpc'), ctx), input, toVpcView, FILTER.for(ctx)),
    );
  }

  get(ctx: RequestContext, { id }: ById): Promise<VpcView> {
    return this.intentions.read(async (em) =>
      toVpcView(await requireAccess(em, ctx, [Vpc, id], { noun: NOUN, level: 'use' })),
    );
  }

  update(ctx: RequestContext, input: UpdateVpc): Promise<VpcView> {
    return this.intentions.write(updateVpc, ctx, input, async ({ em }) => {
      const vpc = await lockedVpc(em, ctx, input.id);
      assertUnmanaged(vpc, NOUN);
      assertVersion(ctx, vpc);
      writtenByUser(vpc, input);
      const { name, metadata, version, updatedAt } = vpc;
      await em.update(Vpc, { id: vpc.id }, { name, metadata, version, updatedAt });
      return toVpcView(vpc);
    });
  }

  delete(ctx: RequestContext, input: ById): Promise<VpcView> {
    return this.intentions.write(deleteVpc, ctx, input, async ({ em }) => {
      const vpc = await lockedVpc(em, ctx, input.id);
      if (vpc.state === 'deleting') return toVpcView(vpc);
      assertUnmanaged(vpc, NOUN);
      assertVersion(ctx, vpc);
      await assertUnused(em, vpc);
      await markVpcsDeleting(em, [vpc]);
      return toVpcView({ ...vpc, state: 'deleting', stateReason: null });
    });
  }
}

/** The VPC if the caller may change it, locked. */
export function lockedVpc(em: EntityManager, ctx: RequestContext, id: string): Promise<Vpc> {
  return requireAccess(em, ctx, [Vpc, id], { noun: NOUN, level: 'manage', lock: true });
}

/** They wait for their subnets, then for their hosts. */
export async function markVpcsDeleting(em: EntityManager, vpcs: Vpc[]): Promise<void> {
  const ids = vpcs.map((vpc) => vpc.id).sort();
  await em.update(Vpc, { id: In(ids) }, { state: 'deleting', stateReason: null, updatedAt: new Date() });
  for (const id of ids) await wake(em, 'vpc', id, { deadlineMs: VPC_DEADLINE_MS });
  await wakeHosts(
    em,
    vpcs.map((vpc) => vpc.hostId),
  );
}

export interface NewVpc {
  /** Who gets it and pays. */
  who: Pick<Principal, 'tenantId' | 'userId'>;
  input: CreateVpc;
  /** The hosts that may get its router. */
  able: Candidate[];
  /** Whose default VPC it is. */
  defaultOf?: string;
  /** Minted by whoever keeps it. */
  id?: string;
  managedBy?: Manager;
}

/** The intention of a new VPC, in the caller's transaction. */
export async function insertVpc(em: EntityManager, wanted: NewVpc): Promise<Vpc> {
  const place = await takeExternalAddress(em, await leastUsedFirst(em, wanted.able));
  const vpc = newVpc(em, wanted, place);
  await em.insert(Vpc, vpc);
  await reserve(em, wanted.who, vpc.id, { vpcs: 1 });
  await grant(em, vpc.id, wanted.who, 'manage');
  await wake(em, 'vpc', vpc.id, { deadlineMs: VPC_DEADLINE_MS });
  await wakeHosts(em, [vpc.hostId]);
  return vpc;
}

function newVpc(
  em: EntityManager,
  { who, input, defaultOf, id = randomUUID(), managedBy }: NewVpc,
  place: { host: Candidate; ip: string },
): Vpc {
  return em.create(Vpc, {
    id,
    name: input.name,
    tenantId: who.tenantId,
    userId: who.userId,
    metadata: input.metadata ?? {},
    state: 'creating',
    stateReason: null,
    region: place.host.location,
    hostId: place.host.id,
    externalIp: place.ip,
    namespace: namespaceOf(id),
    defaultOf: defaultOf ?? null,
    managedBy: managedBy ?? null,
  });
}

async function leastUsedFirst(em: EntityManager, able: Candidate[]): Promise<Candidate[]> {
  const rows: { host_id: string; n: string }[] = await em.query(
    'SELECT host_id, count(*) AS n FROM vpcs GROUP BY host_id',
  );
  const routers = new Map(rows.map((row) => [row.host_id, Number(row.n)]));
  return able.toSorted((a, b) => (routers.get(a.id) ?? 0) - (routers.get(b.id) ?? 0));
}

async function assertUnused(em: EntityManager, vpc: Vpc): Promise<void> {
  const subnets = await em.countBy(Subnet, { vpcId: vpc.id, state: Not('deleting') });
  if (subnets === 0) return;
  throw conflict('vpc_in_use', `VPC ${vpc.name} has ${subnets} subnet(s): delete them first.`, { subnets });
}
