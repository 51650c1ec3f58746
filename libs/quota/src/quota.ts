import { conflict, exhausted, type QuotaKind } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';

/** Limits of a new tenant; `memory` in MiB, `disk` in GiB. */
export const DEFAULT_LIMITS: Record<QuotaKind, number> = {
  images: 20,
  vms: 20,
  vcpus: 40,
  memory: 65_536,
  disk: 1_000,
  vpcs: 10,
  subnets: 40,
  addresses: 200,
  mappings: 100,
};

/** Who pays. Administrators’ own resources (no tenant) are not limited and not in the ledger. */
export interface Payer {
  tenantId: string | null;
  userId: string;
}
export type Amounts = Partial<Record<QuotaKind, number>>;

const sorted = (amounts: Amounts): [QuotaKind, number][] =>
  (Object.entries(amounts) as [QuotaKind, number][]).sort(([a], [b]) => (a < b ? -1 : 1));

/** Opens a tenant's account with the default limits. Safe to repeat. */
export async function openAccount(em: EntityManager, tenantId: string): Promise<void> {
  await em.query('INSERT INTO quota.accounts (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING', [tenantId]);
  for (const [kind, limit] of sorted(DEFAULT_LIMITS)) {
    const sql =
      'INSERT INTO quota.usage (tenant_id, kind, "limit") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';
    await em.query(sql, [tenantId, kind, limit]);
  }
}

/** From now on `reserve` refuses this tenant; waits for reservations that are under way. */
export async function closeAccount(em: EntityManager, tenantId: string): Promise<void> {
  await em.query('UPDATE quota.accounts SET closed = true WHERE tenant_id = $1', [tenantId]);
}

/**
 * Takes `amounts` for a resource, in the transaction of its row. Rows are locked in sorted order, so parallel requests
 * do not deadlock. Throws `exhausted` with the numbers when a limit would be passed, `conflict` for a closed tenant,
 * RangeError for an amount that is not a whole number from 0.
 */
export async function reserve(
  em: EntityManager,
  payer: Payer,
  resourceId: string,
  amounts: Amounts,
): Promise<void> {
  if (!payer.tenantId) return;
  const wanted = sorted(amounts);
  assertWhole(wanted);
  await assertOpen(em, payer.tenantId);
  for (const [kind, amount] of wanted) {
    await take(em, payer.tenantId, kind, amount);
    await em.query(
      'INSERT INTO quota.ledger (resource_id, kind, tenant_id, user_id, amount) VALUES ($1, $2, $3, $4, $5)',
      [resourceId, kind, payer.tenantId, payer.userId, amount],
    );
  }
}

/** A negative amount would give its tenant more than the limit. */
function assertWhole(wanted: [QuotaKind, number][]): void {
  const wrong = wanted.find(([, amount]) => !Number.isSafeInteger(amount) || amount < 0);
  if (wrong) throw new RangeError(`${wrong[0]}: ${wrong[1]} is not a whole amount`);
}

async function assertOpen(em: EntityManager, tenantId: string): Promise<void> {
  const rows: { closed: boolean }[] = await em.query(
    'SELECT closed FROM quota.accounts WHERE tenant_id = $1 FOR SHARE',
    [tenantId],
  );
  if (rows[0]?.closed !== false)
    throw conflict('tenant_closed', 'This tenant is being deleted; nothing can be made in it.');
}

async function take(em: EntityManager, tenantId: string, kind: QuotaKind, amount: number): Promise<void> {
  const sql =
    'UPDATE quota.usage SET used = used + $3 WHERE tenant_id = $1 AND kind = $2 AND used + $3 <= "limit"';
  const [, taken] = await em.query<[unknown, number]>(sql, [tenantId, kind, amount]);
  if (taken === 1) return;
  const [row]: { used: string; limit: string }[] = await em.query(
    'SELECT used, "limit" FROM quota.usage WHERE tenant_id = $1 AND kind = $2',
    [tenantId, kind],
  );
  const [used, limit] = [Number(row?.used ?? 0), Number(row?.limit ?? 0)];
  throw exhausted(
    'quota_exceeded',
    `The quota for ${kind} is ${limit}, ${used} of it are used and ${amount} more were asked for.`,
    {
      kind,
      limit,
      used,
      requested: amount,
    },
  );
}

/** Gives back all that a resource took, in the transaction that forgets it. Harmless when it took nothing. */
export async function release(em: EntityManager, resourceId: string): Promise<void> {
  const [rows] = await em.query<[{ tenant_id: string; kind: QuotaKind; amount: string }[], number]>(
    'DELETE FROM quota.ledger WHERE resource_id = $1 RETURNING tenant_id, kind, amount',
    [resourceId],
  );
  for (const row of rows.sort((a, b) => (a.kind < b.kind ? -1 : 1))) {
    const sql = 'UPDATE quota.usage SET used = used - $3 WHERE tenant_id = $1 AND kind = $2';
    await em.query(sql, [row.tenant_id, row.kind, row.amount]);
  }
}

/** How many ledger rows a tenant still has: 0 means that nothing of it is left in any service. */
export async function ledgerCount(em: EntityManager, tenantId: string): Promise<number> {
  const [row]: { n: string }[] = await em.query(
    'SELECT count(*) AS n FROM quota.ledger WHERE tenant_id = $1',
    [tenantId],
  );
  return Number(row.n);
}

/** Removes an account that {@link ledgerCount} says is empty. */
export async function removeAccount(em: EntityManager, tenantId: string): Promise<void> {
  await em.query('DELETE FROM quota.usage WHERE tenant_id = $1', [tenantId]);
  await em.query('DELETE FROM quota.accounts WHERE tenant_id = $1', [tenantId]);
}

/** Sum over all quotas of |used − SUM(ledger)|, ledger rows without a quota included: 0, always. */
export async function quotaDriftOf(em: EntityManager): Promise<number> {
  const [row]: { drift: string }[] = await em.query(
    `SELECT coalesce(sum(abs(coalesce(u.used, 0) - coalesce(l.amount, 0))), 0) AS drift FROM quota.usage u
     FULL JOIN (SELECT tenant_id, kind, sum(amount) AS amount FROM quota.ledger GROUP BY 1, 2) l USING (tenant_id, kind)`,
  );
  return Number(row.drift);
}
