import type { EntityManager } from 'typeorm';

/** A lease on one row of work. */
export interface Claim {
  kind: string;
  resourceId: string;
  fence: number;
  wakes: string;
  attempts: number;
  deadlineAt: Date | null;
  lastError: string | null;
}

export interface WakeOptions {
  /** A new transition begins: how long it may take. */
  deadlineMs?: number;
}

/** Renewed three times within it; also how long work rests after its process was killed. */
export const LEASE_MS = 15_000;

/**
 * Makes `id` due now, in the caller's transaction; a wake during a run is never lost. Workers hear of it at commit.
 */
export async function wake(
  em: EntityManager,
  kind: string,
  id: string,
  options: WakeOptions = {},
): Promise<void> {
  await em.query(
    `INSERT INTO work (kind, resource_id, wakes, deadline_at) VALUES ($1, $2, 1, now() + $3::float8 * interval '1 millisecond')
     ON CONFLICT (kind, resource_id) DO UPDATE SET wakes = work.wakes + 1, due_at = least(work.due_at, now()),
       deadline_at = coalesce(excluded.deadline_at, work.deadline_at),
       attempts = CASE WHEN excluded.deadline_at IS NULL THEN work.attempts ELSE 0 END`,
    [kind, id, options.deadlineMs ?? null],
  );
  await em.query(`SELECT pg_notify('nubo_work', current_schema())`);
}

interface WorkColumns {
  kind: string;
  resource_id: string;
  fence: string;
  wakes: string;
  attempts: number;
  deadline_at: Date | null;
  last_error: string | null;
}

/** Leases up to `limit` due rows of `kinds`. */
export async function claim(em: EntityManager, kinds: string[], limit: number): Promise<Claim[]> {
  const [rows] = await em.query<[WorkColumns[], number]>(
    `UPDATE work SET lease_until = now() + $3::float8 * interval '1 millisecond', fence = fence + 1, attempts = attempts + 1
     WHERE (kind, resource_id) IN (SELECT kind, resource_id FROM work WHERE kind = ANY($1) AND due_at <= now() AND lease_until < now()
       ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING kind, resource_id, fence, wakes, attempts, deadline_at, last_error`,
    [kinds, limit, LEASE_MS],
  );
  return rows.map((row) => ({
    kind: row.kind,
    resourceId: row.resource_id,
    fence: Number(row.fence),
    wakes: row.wakes,
    attempts: row.attempts,
    deadlineAt: row.deadline_at,
    lastError: row.last_error,
  }));
}

const affected = (result: unknown): boolean => (result as [unknown, number])[1] === 1;

/** Prolongs a lease; false when another worker has taken it. */
export async function renew(em: EntityManager, { kind, resourceId, fence }: Claim): Promise<boolean> {
  const sql = `UPDATE work SET lease_until = now() + $4::float8 * interval '1 millisecond' WHERE kind = $1 AND resource_id = $2 AND fence = $3`;
  return affected(await em.query(sql, [kind, resourceId, fence, LEASE_MS]));
}

export interface Rest {
  /** Until it is due again; null: only when woken. */
  afterMs: number | null;
  error: string | null;
  /** The transition has ended: no deadline, attempts from 0. */
  ended: boolean;
}

/** Gives the lease back. A wake that came during the run makes the row due at once. */
export async function putToRest(
  em: EntityManager,
  work: Claim,
  { afterMs, error, ended }: Rest,
): Promise<void> {
  await em.query(
    `UPDATE work SET lease_until = '-infinity', last_error = $6,
       due_at = CASE WHEN wakes <> $4 THEN now() WHEN $5::float8 IS NULL THEN 'infinity' ELSE now() + $5::float8 * interval '1 millisecond' END,
       deadline_at = CASE WHEN $7 AND wakes = $4 THEN NULL ELSE deadline_at END,
       attempts = CASE WHEN $7 THEN 0 ELSE attempts END
     WHERE kind = $1 AND resource_id = $2 AND fence = $3`,
    [work.kind, work.resourceId, work.fence, work.wakes, afterMs, error, ended],
  );
}

/** Removes the row of a resource that is gone, unless it was woken meanwhile. */
export async function forget(em: EntityManager, work: Claim): Promise<void> {
  const sql = 'DELETE FROM work WHERE kind = $1 AND resource_id = $2 AND fence = $3 AND wakes = $4';
  if (affected(await em.query(sql, [work.kind, work.resourceId, work.fence, work.wakes]))) return;
  await putToRest(em, work, { afterMs: 0, error: null, ended: false });
}
