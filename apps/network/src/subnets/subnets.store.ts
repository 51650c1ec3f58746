import type { GrantLevel, RequestContext } from '@nubo/contracts';
import { requireAccess, type Within } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { In, Not, type EntityManager } from 'typeorm';
import { Port, Subnet, Vpc } from '../../../../libs/entities/src/network';
import { hostsOfSubnet, wakeHosts } from '../host-network/host-work.store';

const DELETE_DEADLINE_MS = 120_000;

/** Who has access to a VPC has the same access to its subnets. */
export const IN_VPC: Within<Subnet> = { entity: Vpc, key: 'vpcId' };

/** The subnet if the caller has `level` on it; locked for `manage`, inside a transaction. */
export function subnetFor(
  em: EntityManager,
  ctx: RequestContext,
  [id, level]: [id: string, level: GrantLevel],
): Promise<Subnet> {
  const lock = level === 'manage';
  return requireAccess(em, ctx, [Subnet, id], { noun: 'subnet', level, within: IN_VPC, lock });
}

/** Never the same twice. */
export async function nextVni(em: EntityManager): Promise<number> {
  const [row]: { vni: string }[] = await em.query(`SELECT nextval('vnis') AS vni`);
  return Number(row?.vni);
}

export function overlappingSubnet(em: EntityManager, vpcId: string, cidr: string): Promise<Subnet | null> {
  return em
    .createQueryBuilder(Subnet, 's')
    .where('s.vpc_id = :vpcId AND s.cidr && CAST(:cidr AS cidr)', { vpcId, cidr })
    .getOne();
}

/** The subnets of these VPCs are others now: their routers are to be programmed. */
export async function vpcChanged(em: EntityManager, vpcIds: string[]): Promise<void> {
  await em.increment(Vpc, { id: In(vpcIds) }, 'generation', 1);
}

/** Ports that nobody has asked to delete. */
export function livePorts(em: EntityManager, subnetId: string): Promise<number> {
  return em.countBy(Port, { subnetId, state: Not('deleting') });
}

/** They wait for their ports, then for their routers’ hosts. */
export async function markSubnetsDeleting(em: EntityManager, subnets: Subnet[]): Promise<void> {
  const ids = subnets.map((subnet) => subnet.id).sort();
  await vpcChanged(em, [...new Set(subnets.map((subnet) => subnet.vpcId))]);
  await em.update(Subnet, { id: In(ids) }, { state: 'deleting', stateReason: null, updatedAt: new Date() });
  for (const id of ids) {
    await wake(em, 'subnet', id, { deadlineMs: DELETE_DEADLINE_MS });
    await wakeHosts(em, await hostsOfSubnet(em, id));
  }
}
