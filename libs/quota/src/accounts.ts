import { type QuotaKind, RESERVED_KINDS } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';

/** Limits of a new tenant; `memory` in MiB, `disk` in GiB; null: not limited. */
export const DEFAULT_LIMITS: Record<QuotaKind, number | null> = {
  images: 20,
  vms: 20,
  containers: 50,
  vcpus: 40,
  memory: 65_536,
  disk: 1_000,
  vpcs: 10,
  subnets: 40,
  addresses: 200,
  mappings: 100,
  projects: 20,
  distributions: 10,
  cpuSeconds: null,
  diskReadBytes: null,
  diskWrittenBytes: null,
  networkInBytes: null,
  networkOutBytes: null,
};

/** Limits of a user to whom nobody has set another one; kinds that are not named are not limited. */
export const DEFAULT_USER_LIMITS: Partial<Record<QuotaKind, number>> = { projects: 3 };

/** Opens a tenant's account with the default limits. Safe to repeat. */
export async function openAccount(em: EntityManager, tenantId: string): Promise<void> {
  await em.query('INSERT INTO quota.accounts (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING', [tenantId]);
  const sql = `INSERT INTO quota.usage (tenant_id, kind, "limit")
    SELECT $1, kind, "limit" FROM unnest($2::text[], $3::bigint[]) AS d(kind, "limit") ORDER BY kind COLLATE "C"
    ON CONFLICT DO NOTHING`;
  await em.query(sql, [tenantId, Object.keys(DEFAULT_LIMITS), Object.values(DEFAULT_LIMITS)]);
}

/** From now on `reserve` refuses this tenant; waits for reservations that are under way. */
export async function closeAccount(em: EntityManager, tenantId: string): Promise<void> {
  await em.query('UPDATE quota.accounts SET closed = true WHERE tenant_id = $1', [tenantId]);
}

/** From now on `reserve` refuses this user; waits for reservations that are under way. Safe to repeat. */
export async function closeUserAccount(
  em: EntityManager,
  { userId, tenantId }: { userId: string; tenantId: string | null },
): Promise<void> {
  const sql = `INSERT INTO quota.user_accounts (user_id, tenant_id, closed) VALUES ($1, $2, true)
    ON CONFLICT (user_id) DO UPDATE SET closed = true`;
  await em.query(sql, [userId, tenantId]);
}

/** How many ledger rows a tenant still has: 0 means that nothing of it is left in any service. */
export function ledgerCount(em: EntityManager, tenantId: string): Promise<number> {
  return countBy(em, 'tenant_id', tenantId);
}

/** How many ledger rows a user still has: 0 means that nothing that it made is left in any service. */
export function userLedgerCount(em: EntityManager, userId: string): Promise<number> {
  return countBy(em, 'user_id', userId);
}

async function countBy(em: EntityManager, column: 'tenant_id' | 'user_id', id: string): Promise<number> {
  const sql = `SELECT count(*) AS n FROM quota.ledger WHERE ${column} = $1`;
  const [row]: { n: string }[] = await em.query(sql, [id]);
  return Number(row.n);
}

/**
 * Removes an account that {@link ledgerCount} says is empty, and those of the tenant's users. An administrator who made
 * something in it stays, with what it has elsewhere.
 */
export async function removeAccount(em: EntityManager, tenantId: string): Promise<void> {
  for (const table of ['user_usage', 'user_accounts'])
    await em.query(
      `DELETE FROM quota.${table} u WHERE tenant_id = $1
       AND NOT EXISTS (SELECT 1 FROM quota.ledger l WHERE l.user_id = u.user_id)`,
      [tenantId],
    );
  for (const table of ['metered', 'usage', 'accounts'])
    await em.query(`DELETE FROM quota.${table} WHERE tenant_id = $1`, [tenantId]);
}

/**
 * Removes what is known of a user that {@link userLedgerCount} says has nothing left. What it used up stays in its
 * tenant's usage, and that its account is closed stays known until the tenant goes.
 */
export async function removeUserAccount(em: EntityManager, userId: string): Promise<void> {
  for (const table of ['metered', 'user_usage'])
    await em.query(`DELETE FROM quota.${table} WHERE user_id = $1`, [userId]);
}

/**
 * Sum over all quotas of reserved kinds, tenants' and users', of |used − SUM(ledger)|, ledger rows without a quota
 * included: 0, always.
 */
export async function quotaDriftOf(em: EntityManager): Promise<number> {
  const sql = `SELECT (${driftOf('usage', 'tenant_id')}) + (${driftOf('user_usage', 'user_id')}) AS drift`;
  const [row]: { drift: string }[] = await em.query(sql, [RESERVED_KINDS]);
  return Number(row.drift);
}

const driftOf = (table: 'usage' | 'user_usage', owner: 'tenant_id' | 'user_id'): string =>
  `SELECT coalesce(sum(abs(coalesce(u.used, 0) - coalesce(l.amount, 0))), 0)
   FROM (SELECT ${owner}, kind, used FROM quota.${table} WHERE kind = ANY($1)) u
   FULL JOIN (SELECT ${owner}, kind, sum(amount) AS amount FROM quota.ledger
     WHERE ${owner} IS NOT NULL GROUP BY 1, 2) l USING (${owner}, kind)`;
