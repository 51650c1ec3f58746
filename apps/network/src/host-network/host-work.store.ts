/** Which hosts must be looked at when something changes, and how their work stands. */
import { wake } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';

/** `work.kind` of everything that is planned per host. */
export const HOST_NETWORK = 'host-network';

export async function wakeHosts(em: EntityManager, hostIds: Iterable<string | null>): Promise<void> {
  const ids = [...new Set(hostIds)].filter((id) => id !== null).sort();
  for (const id of ids) await wake(em, HOST_NETWORK, id);
}

/** The hosts that carry a subnet: its router’s and those of its ports. */
export async function hostsOfSubnet(em: EntityManager, subnetId: string): Promise<string[]> {
  const rows: { host_id: string }[] = await em.query(
    `SELECT v.host_id FROM subnets s JOIN vpcs v ON v.id = s.vpc_id WHERE s.id = $1
     UNION SELECT host_id FROM ports WHERE subnet_id = $1 AND host_id IS NOT NULL`,
    [subnetId],
  );
  return rows.map((row) => row.host_id);
}

/** What the last look at a host failed with, if it did. */
export async function lastErrorOf(em: EntityManager, hostId: string): Promise<string | null> {
  const rows: { last_error: string | null }[] = await em.query(
    'SELECT last_error FROM work WHERE kind = $1 AND resource_id = $2',
    [HOST_NETWORK, hostId],
  );
  return rows[0]?.last_error ?? null;
}
