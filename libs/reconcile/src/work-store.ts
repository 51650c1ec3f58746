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

/** Renewed five times within it; also how long work rests after its process was killed. */
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

/** Of each kind, how many more runs there is room for. */
export type Room = ReadonlyMap<string, number>;

/**
 * Leases what is due, the longest waiting first, for `leaseMs`. A fence is above every earlier one of the same resource,
 * also when its row was made anew or the database was restored: it is not below the time in milliseconds.
 */
export async function claim(em: EntityManager, room: Room, leaseMs = LEASE_MS): Promise<Claim[]> {
  const [rows] = await em.query<[WorkColumns[], number]>(
    `WITH due AS MATERIALIZED (
       SELECT w.kind, w.resource_id FROM unnest($1::text[], $2::int[]) AS room (kind, free) CROSS JOIN LATERAL (
         SELECT kind, resource_id FROM work WHERE work.kind = room.kind AND due_at <= now() AND lease_until < now()
         ORDER BY due_at LIMIT room.free FOR UPDATE SKIP LOCKED) AS w)
     UPDATE work SET lease_until = now() + $3::float8 * interval '1 millisecond', attempts = attempts + 1,
       fence = greatest(fence + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
     FROM due WHERE work.kind = due.kind AND work.resource_id = due.resource_id
     RETURNING work.kind, work.resource_id, fence, wakes, attempts, deadline_at, last_error`,
    [[...room.keys()], [...room.values()], leaseMs],
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
export async function renew(
  em: EntityManager,
  { kind, resourceId, fence }: Claim,
  leaseMs = LEASE_MS,
): Promise<boolean> {
  const sql = `UPDATE work SET lease_until = now() + $4::float8 * interval '1 millisecond' WHERE kind = $1 AND resource_id = $2 AND fence = $3`;
  return affected(await em.query(sql, [kind, resourceId, fence, leaseMs]));
}

/** Whether another worker has taken it since. */
export async function isTaken(
  em: EntityManager,
  { kind, resourceId, fence }: Pick<Claim, 'kind' | 'resourceId' | 'fence'>,
): Promise<boolean> {
  const sql = `SELECT 1 FROM work WHERE kind = $1 AND resource_id = $2 AND fence > $3`;
  const rows: unknown[] = await em.query(sql, [kind, resourceId, fence]);
  return rows.length > 0;
}

/** Whether the deadline of the transition that is under way now has passed; a wake during the run may have set a new one. */
export async function isOverdue(em: EntityManager, { kind, resourceId, fence }: Claim): Promise<boolean> {
  const sql = `SELECT 1 FROM work WHERE kind = $1 AND resource_id = $2 AND fence = $3 AND deadline_at <= now()`;
  const rows: unknown[] = await em.query(sql, [kind, resourceId, fence]);
  return rows.length > 0;
}

/** Whether a worker is at one of the resources right now, as one of the kinds. */
export async function isWorkedOn(
  em: EntityManager,
  kinds: string[],
  resourceIds: string[],
): Promise<boolean> {
  const sql = `SELECT 1 FROM work WHERE kind = ANY ($1) AND resource_id = ANY ($2) AND lease_until > now() LIMIT 1`;
  const rows: unknown[] = await em.query(sql, [kinds, resourceIds]);
  return rows.length > 0;
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
