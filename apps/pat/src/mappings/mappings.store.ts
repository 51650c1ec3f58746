import { randomUUID } from 'node:crypto';
import type { Manager, MetadataMap, PortView, Protocol, RouterView } from '@nubo/contracts';
import { grant } from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Mapping } from '../../../../libs/entities/src/pat';
import { defaultName, lowestFreePort, type PortRange } from './mappings.rules';

/** How long a mapping may take to stand. */
export const DEADLINE_MS = 60_000;
export const ROUTER_NAT = 'router-nat';

/** Where a mapping leads, and through which router. */
export interface Target {
  port: PortView;
  router: RouterView;
}

export interface NewMapping {
  /** Minted by whoever keeps it. */
  id?: string;
  managedBy?: Manager;
  /** Who gets it and pays. */
  tenantId: string | null;
  userId: string;
  name?: string;
  protocol?: Protocol;
  externalPort?: number;
  targetPort: number;
  metadata?: MetadataMap;
}

/** The intention of a new mapping, in the caller's transaction. Without an external port it gets the lowest free one of `range`. */
export async function insertMapping(
  em: EntityManager,
  wanted: NewMapping,
  target: Target,
  range: PortRange,
): Promise<Mapping> {
  const { tenantId, userId, protocol = 'tcp' } = wanted;
  const { router, port } = target;
  const externalPort = wanted.externalPort ?? (await freePort(em, router.id, protocol, range));
  const id = wanted.id ?? randomUUID();
  await em.insert(Mapping, {
    ...{ id, tenantId, userId, protocol, externalPort, targetPort: wanted.targetPort },
    name: wanted.name ?? defaultName(protocol, externalPort),
    metadata: wanted.metadata ?? {},
    managedBy: wanted.managedBy ?? null,
    state: 'creating',
    routerId: router.id,
    hostId: router.hostId,
    externalIp: router.externalIp,
    portId: port.id,
    instanceId: port.instanceId,
    targetIp: port.ip,
  });
  await reserve(em, { tenantId, userId }, id, { mappings: 1 });
  await grant(em, id, { userId, tenantId }, 'manage');
  await wake(em, ROUTER_NAT, router.id, { deadlineMs: DEADLINE_MS });
  return em.findOneByOrFail(Mapping, { id });
}

/** The router's ports are given out one transaction at a time. */
async function freePort(
  em: EntityManager,
  routerId: string,
  protocol: Protocol,
  range: PortRange,
): Promise<number> {
  await em.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`router-nat:${routerId}`]);
  const taken = await em.find(Mapping, { where: { routerId, protocol }, select: { externalPort: true } });
  return lowestFreePort(
    taken.map((row) => row.externalPort),
    range,
  );
}
