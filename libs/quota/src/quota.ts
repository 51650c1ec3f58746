import { conflict, exhausted, METERED_KINDS, type QuotaKind, type ReservedKind } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';
import { DEFAULT_USER_LIMITS } from './accounts';

/** Who pays: a tenant and the user in it who makes the resource. An administrator (no tenant) pays as a user only. */
export interface Payer {
  tenantId: string | null;
  userId: string;
}
export type Amounts = Partial<Record<ReservedKind, number>>;

/** Whose limit it is that refuses. */
export type Whose = 'tenant' | 'user';

interface Standing {
  kind: QuotaKind;
  used: string;
  limit: string | null;
}

/**
 * Takes `amounts` for a resource from its tenant's and its user's quota, in the transaction of its row. Rows are locked
 * in one order (accounts, tenant's rows by kind, user's rows by kind), so parallel requests do not deadlock. Throws
 * `exhausted` with whose limit it is and the numbers when a limit would be passed or a metered kind is used up,
 * `conflict` for a closed tenant or user, RangeError for an amount that is not a whole number from 0.
 */
export async function reserve(
  em: EntityManager,
  payer: Payer,
  resourceId: string,
  amounts: Amounts,
): Promise<void> {
  assertWhole(amounts);
  if (payer.tenantId) await assertTenantOpen(em, payer.tenantId);
  await assertUserOpen(em, payer);
  await assertNothingUsedUp(em, payer);
  if (payer.tenantId) await takeOfTenant(em, payer.tenantId, amounts);
  await takeOfUser(em, payer, amounts);
  const sql = `INSERT INTO quota.ledger (resource_id, tenant_id, user_id, kind, amount)
    SELECT $3, $4, $5, kind, amount FROM ${WANTED}`;
  await em.query(sql, [...columns(amounts), resourceId, payer.tenantId, payer.userId]);
}

/** Gives back all that a resource took, in the transaction that forgets it. Harmless when it took nothing. */
export async function release(em: EntityManager, resourceId: string): Promise<void> {
  const sql = 'DELETE FROM quota.ledger WHERE resource_id = $1 RETURNING tenant_id, user_id, kind, amount';
  const [rows] = await em.query<[Taken[], number]>(sql, [resourceId]);
  if (rows.length === 0) return;
  await giveBack(em, ['usage', 'tenant_id'], rows);
  await giveBack(em, ['user_usage', 'user_id'], rows);
}

interface Taken {
  tenant_id: string | null;
  user_id: string;
  kind: ReservedKind;
  amount: string;
}

/** $1 and $2 as rows. In the C collation, because the order of locks must be the same whatever the database's is. */
const WANTED = `unnest($1::text[], $2::bigint[]) AS w(kind, amount) ORDER BY kind COLLATE "C"`;
const columns = (amounts: Amounts): [string[], number[]] => [Object.keys(amounts), Object.values(amounts)];

/** A negative amount would give its tenant more than the limit. */
function assertWhole(amounts: Amounts): void {
  const wrong = Object.entries(amounts).find(([, amount]) => !Number.isSafeInteger(amount) || amount < 0);
  if (wrong) throw new RangeError(`${wrong[0]}: ${wrong[1]} is not a whole amount`);
}

async function assertTenantOpen(em: EntityManager, tenantId: string): Promise<void> {
  const sql = 'SELECT closed FROM quota.accounts WHERE tenant_id = $1 FOR SHARE';
  const [row]: { closed: boolean }[] = await em.query(sql, [tenantId]);
  if (row?.closed !== false)
    throw conflict('tenant_closed', 'This tenant is being deleted; nothing can be made in it.');
}

/** A user's account opens with the first thing that it makes. */
async function assertUserOpen(em: EntityManager, { userId, tenantId }: Payer): Promise<void> {
  const sql = `INSERT INTO quota.user_accounts AS a (user_id, tenant_id) VALUES ($1, $2)
    ON CONFLICT (user_id) DO UPDATE SET closed = a.closed RETURNING closed`;
  const [row]: { closed: boolean }[] = await em.query(sql, [userId, tenantId]);
  if (row?.closed !== false)
    throw conflict('user_closed', 'This user is being deleted; nothing can be made for it.');
}

async function assertNothingUsedUp(em: EntityManager, { userId, tenantId }: Payer): Promise<void> {
  const sql = `SELECT 'tenant' AS whose, kind, used, "limit" FROM quota.usage
      WHERE tenant_id = $1 AND kind = ANY($3) AND used >= "limit"
    UNION ALL SELECT 'user', kind, used, "limit" FROM quota.user_usage
      WHERE user_id = $2 AND kind = ANY($3) AND used >= "limit" ORDER BY 1, 2`;
  const parameters = [tenantId, userId, METERED_KINDS];
  const [over]: (Standing & { whose: Whose })[] = await em.query(sql, parameters);
  if (over) throw usedUp(over.whose, over);
}

async function takeOfTenant(em: EntityManager, tenantId: string, amounts: Amounts): Promise<void> {
  const sql = `INSERT INTO quota.usage AS u (tenant_id, kind, used)
    SELECT $3::uuid, kind, amount FROM unnest($1::text[], $2::bigint[]) AS w(kind, amount)
      WHERE EXISTS (SELECT 1 FROM quota.usage k WHERE k.tenant_id = $3 AND k.kind = w.kind) ORDER BY kind COLLATE "C"
    ON CONFLICT (tenant_id, kind) DO UPDATE SET used = u.used + excluded.used
      WHERE u."limit" IS NULL OR u.used + excluded.used <= u."limit" RETURNING kind`;
  const taken: { kind: QuotaKind }[] = await em.query(sql, [...columns(amounts), tenantId]);
  const read = 'SELECT kind, used, "limit" FROM quota.usage WHERE tenant_id = $1 AND kind = $2';
  await assertTaken('tenant', { taken, amounts }, (kind) => em.query(read, [tenantId, kind]));
}

async function takeOfUser(em: EntityManager, payer: Payer, amounts: Amounts): Promise<void> {
  const sql = `INSERT INTO quota.user_usage AS u (user_id, tenant_id, kind, used, "limit")
    SELECT $3, $4, kind, amount, ($5::jsonb ->> kind)::bigint FROM unnest($1::text[], $2::bigint[]) AS w(kind, amount)
      WHERE EXISTS (SELECT 1 FROM quota.user_usage k WHERE k.user_id = $3 AND k.kind = w.kind)
        OR amount <= coalesce(($5::jsonb ->> kind)::bigint, amount) ORDER BY kind COLLATE "C"
    ON CONFLICT (user_id, kind) DO UPDATE SET used = u.used + excluded.used
      WHERE u."limit" IS NULL OR u.used + excluded.used <= u."limit" RETURNING kind`;
  const parameters = [...columns(amounts), payer.userId, payer.tenantId, DEFAULT_USER_LIMITS];
  const taken: { kind: QuotaKind }[] = await em.query(sql, parameters);
  const read = 'SELECT kind, used, "limit" FROM quota.user_usage WHERE user_id = $1 AND kind = $2';
  await assertTaken('user', { taken, amounts }, (kind) => em.query(read, [payer.userId, kind]));
}

/** Rows that are not among the `taken` had no room: the first of them is told. */
async function assertTaken(
  whose: Whose,
  { taken, amounts }: { taken: { kind: QuotaKind }[]; amounts: Amounts },
  read: (kind: ReservedKind) => Promise<Standing[]>,
): Promise<void> {
  const kinds = (Object.keys(amounts) as ReservedKind[]).sort();
  const refused = kinds.find((kind) => !taken.some((row) => row.kind === kind));
  if (!refused) return;
  const [standing = { kind: refused, used: '0', limit: '0' }] = await read(refused);
  throw exceeded(whose, standing, amounts[refused] ?? 0);
}

const OF: Record<Whose, string> = { tenant: 'The tenant’s quota', user: 'Your own quota' };

const numbersOf = (whose: Whose, { kind, limit, used }: Standing, requested: number) => ({
  ...{ whose, kind, requested },
  ...{ limit: Number(limit), used: Number(used) },
});

function exceeded(whose: Whose, standing: Standing, requested: number): Error {
  const { kind, limit, used } = standing;
  const message = `${OF[whose]} for ${kind} is ${limit}: ${used} used, ${requested} more asked for.`;
  return exhausted('quota_exceeded', message, numbersOf(whose, standing, requested));
}

function usedUp(whose: Whose, standing: Standing): Error {
  const { kind, limit, used } = standing;
  const message = `${OF[whose]} for ${kind} is ${limit}: ${used} used up. What there is goes on; nothing new can be made.`;
  return exhausted('quota_exceeded', message, numbersOf(whose, standing, 0));
}

/** The rows are locked in the order of {@link reserve}. */
async function giveBack(
  em: EntityManager,
  [table, owner]: ['usage', 'tenant_id'] | ['user_usage', 'user_id'],
  rows: Taken[],
): Promise<void> {
  const sql = `WITH given AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS g(owner, kind, amount)),
    locked AS MATERIALIZED (SELECT u.${owner} AS owner, u.kind, given.amount FROM quota.${table} u
      JOIN given ON given.owner = u.${owner} AND given.kind = u.kind
      ORDER BY u.${owner}, u.kind COLLATE "C" FOR UPDATE OF u)
    UPDATE quota.${table} u SET used = u.used - locked.amount FROM locked
    WHERE u.${owner} = locked.owner AND u.kind = locked.kind`;
  await em.query(sql, [
    rows.map((row) => row[owner as keyof Taken]),
    rows.map(({ kind }) => kind),
    rows.map(({ amount }) => amount),
  ]);
}
