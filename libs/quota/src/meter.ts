import type { MeteredKind } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';
import type { Payer } from './quota';

export type MeteredAmounts = Partial<Record<MeteredKind, number>>;

/** What one resource has used up since it was last asked. */
export interface MeteredUse {
  resourceId: string;
  payer: Payer;
  amounts: MeteredAmounts;
}

/**
 * Adds what resources have used up to their own totals and to those of who pays, limits or not, in the transaction that
 * notes up to where was counted. Amounts are whole numbers from 0. A resource of one payer stays its.
 */
export async function meter(em: EntityManager, uses: MeteredUse[]): Promise<void> {
  const rows = uses.flatMap(rowsOf);
  if (rows.length === 0) return;
  for (const statement of [BY_RESOURCE, BY_TENANT, BY_USER])
    await em.query(statement, [JSON.stringify(rows)]);
}

/** What a resource has used up so far; kinds of which it used nothing are missing. */
export async function meteredOf(em: EntityManager, resourceId: string): Promise<MeteredAmounts> {
  const sql = 'SELECT kind, amount FROM quota.metered WHERE resource_id = $1';
  const rows: { kind: MeteredKind; amount: string }[] = await em.query(sql, [resourceId]);
  return Object.fromEntries(rows.map(({ kind, amount }) => [kind, Number(amount)]));
}

/** Forgets a resource’s own totals, in the transaction that forgets it; those of who paid stay. */
export async function forgetMetered(em: EntityManager, resourceId: string): Promise<void> {
  await em.query('DELETE FROM quota.metered WHERE resource_id = $1', [resourceId]);
}

function rowsOf({ resourceId, payer, amounts }: MeteredUse): object[] {
  return Object.entries(amounts)
    .filter(([, amount]) => amount > 0)
    .map(([kind, amount]) => ({
      ...{ kind, amount, resource_id: resourceId },
      ...{ tenant_id: payer.tenantId, user_id: payer.userId },
    }));
}

const USES = `jsonb_to_recordset($1::jsonb) AS m(resource_id uuid, tenant_id uuid, user_id uuid, kind text, amount bigint)`;

/** Each statement locks its rows in sorted order, as two hosts may be counted at once. */
const BY_RESOURCE = `INSERT INTO quota.metered AS t (resource_id, kind, tenant_id, user_id, amount)
  SELECT resource_id, kind, tenant_id, user_id, amount FROM ${USES} ORDER BY 1, 2
  ON CONFLICT (resource_id, kind) DO UPDATE SET amount = t.amount + excluded.amount`;

const BY_TENANT = `INSERT INTO quota.usage AS t (tenant_id, kind, used)
  SELECT tenant_id, kind, sum(amount) FROM ${USES} WHERE tenant_id IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (tenant_id, kind) DO UPDATE SET used = t.used + excluded.used`;

const BY_USER = `INSERT INTO quota.user_usage AS t (user_id, tenant_id, kind, used)
  SELECT user_id, tenant_id, kind, sum(amount) FROM ${USES} GROUP BY 1, 2, 3 ORDER BY 1, 3
  ON CONFLICT (user_id, kind) DO UPDATE SET used = t.used + excluded.used`;
