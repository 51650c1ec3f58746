/** The rows of VMs' timelines, written in the transactions of what they tell. */
import type { RequestContext, VmEventName } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';

export interface Happening {
  event: VmEventName;
  detail?: string | null;
  /** Who asked for it. */
  by?: RequestContext;
}

/** How many lines of a VM are kept: a guest that crashes all day fills no table. */
export const KEPT = 500;

const INSERT = `INSERT INTO vm_timeline (vm_id, event, detail, user_id, request_id)
  SELECT vm.id, $2, $3, $4, $5 FROM vms vm WHERE vm.id = $1`;
const UNLESS_KNOWN = ` AND NOT EXISTS (SELECT 1 FROM vm_timeline t WHERE t.vm_id = $1 AND t.event = $2)`;
const TRIM = `DELETE FROM vm_timeline WHERE vm_id = $1 AND seq <=
  (SELECT seq FROM vm_timeline WHERE vm_id = $1 ORDER BY seq DESC OFFSET $2 LIMIT 1)`;

/** Adds a line; nothing for a VM that is gone. */
export async function record(em: EntityManager, vmId: string, happening: Happening): Promise<void> {
  await em.query(INSERT, valuesOf(vmId, happening));
  await em.query(TRIM, [vmId, KEPT]);
}

/** Adds a line of its kind, which each VM has once. */
export async function recordOnce(em: EntityManager, vmId: string, happening: Happening): Promise<void> {
  await em.query(INSERT + UNLESS_KNOWN, valuesOf(vmId, happening));
}

const valuesOf = (vmId: string, { event, detail = null, by }: Happening) => [
  vmId,
  event,
  detail,
  by?.principal?.userId ?? null,
  by?.requestId ?? null,
];
