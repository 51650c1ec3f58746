/** The rows of the timelines of VMs and containers, written in the transactions of what they tell. */
import type { RequestContext, VmEventName } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';

export interface Happening {
  event: VmEventName;
  detail?: string | null;
  /** Who asked for it. */
  by?: RequestContext;
}

/** How many lines of one are kept: a guest that crashes all day fills no table. */
export const KEPT = 500;

/** The locks are those of a foreign key: whoever forgets the instance waits, and finds this line. */
const INSERT = `WITH vm AS MATERIALIZED (SELECT id FROM vms WHERE id = $1 FOR KEY SHARE),
    container AS MATERIALIZED (SELECT id FROM containers WHERE id = $1 FOR KEY SHARE)
  INSERT INTO instance_timeline (instance_id, event, detail, user_id, request_id)
  SELECT id, $2, $3, $4, $5 FROM (TABLE vm UNION ALL TABLE container) instance`;
const UNLESS_KNOWN = ` WHERE NOT EXISTS (SELECT 1 FROM instance_timeline t WHERE t.instance_id = $1 AND t.event = $2)`;
const TRIM = `DELETE FROM instance_timeline WHERE instance_id = $1 AND seq <=
  (SELECT seq FROM instance_timeline WHERE instance_id = $1 ORDER BY seq DESC OFFSET $2 LIMIT 1)`;

/** Adds a line; nothing for an instance that is gone. */
export async function record(em: EntityManager, instanceId: string, happening: Happening): Promise<void> {
  await em.query(INSERT, valuesOf(instanceId, happening));
  await em.query(TRIM, [instanceId, KEPT]);
}

/** Adds a line of its kind, which each instance has once. */
export async function recordOnce(em: EntityManager, instanceId: string, happening: Happening): Promise<void> {
  await em.query(INSERT + UNLESS_KNOWN, valuesOf(instanceId, happening));
}

const valuesOf = (instanceId: string, { event, detail = null, by }: Happening) => [
  instanceId,
  event,
  detail,
  by?.principal?.userId ?? null,
  by?.requestId ?? null,
];
