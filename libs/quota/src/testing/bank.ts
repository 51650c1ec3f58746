/** A database with nothing in it but quotas. */
import { randomUUID } from 'node:crypto';
import { NuboError, type QuotaKind } from '@nubo/contracts';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import type { EntityManager } from 'typeorm';
import { openAccount } from '../accounts';
import type { Payer } from '../quota';

export type Limits = Partial<Record<QuotaKind, number | null>>;
export type Paying = Payer & { tenantId: string };

export interface Row {
  whose: string;
  kind: QuotaKind;
  used: number;
  limit: number | null;
  sum: number;
}

export class Bank {
  private constructor(private readonly database: TestDatabase) {}

  static async open(): Promise<Bank> {
    return new Bank(await testDatabase([{ schema: 'buyer', entities: [], migrations: [] }]));
  }

  get em(): EntityManager {
    return this.database.em;
  }

  stop(): Promise<void> {
    return this.database.stop();
  }

  inTransaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    return this.em.transaction(work);
  }

  /** Somebody of a new tenant that has the default limits, but for those given. */
  async tenant(limits: Limits = {}): Promise<Paying> {
    const payer = { tenantId: randomUUID(), userId: randomUUID() };
    await openAccount(this.em, payer.tenantId);
    const sql = 'UPDATE quota.usage SET "limit" = $3 WHERE tenant_id = $1 AND kind = $2';
    for (const [kind, limit] of Object.entries(limits))
      await this.em.query(sql, [payer.tenantId, kind, limit]);
    return payer;
  }

  /** Another user, or an administrator, with limits of its own. */
  async user(tenantId: string | null, limits: Limits = {}): Promise<Payer> {
    const payer = { tenantId, userId: randomUUID() };
    await this.limitUser(payer, limits);
    return payer;
  }

  async limitUser({ userId, tenantId }: Payer, limits: Limits): Promise<void> {
    const sql = `INSERT INTO quota.user_usage (user_id, tenant_id, kind, "limit") VALUES ($1, $2, $3, $4)
      ON CONFLICT (user_id, kind) DO UPDATE SET "limit" = excluded."limit"`;
    for (const [kind, limit] of Object.entries(limits))
      await this.em.query(sql, [userId, tenantId, kind, limit]);
  }

  /** What is used, by kind, where it is not nothing. */
  used(tenantId: string): Promise<Record<string, number>> {
    return this.usedOf('usage WHERE tenant_id', tenantId);
  }

  usedByUser(userId: string): Promise<Record<string, number>> {
    return this.usedOf('user_usage WHERE user_id', userId);
  }

  /** All quotas of a tenant and of its users, as one snapshot shows them, beside what the ledger says. */
  rows(tenantId: string): Promise<Row[]> {
    const sql = `SELECT 'tenant' AS whose, u.kind, u.used::int AS used, u."limit"::int AS limit, coalesce(l.amount, 0)::int AS sum
      FROM quota.usage u LEFT JOIN (SELECT kind, sum(amount) AS amount FROM quota.ledger WHERE tenant_id = $1 GROUP BY 1) l
        USING (kind) WHERE tenant_id = $1
      UNION ALL SELECT user_id::text, u.kind, u.used::int, u."limit"::int, coalesce(l.amount, 0)::int
      FROM quota.user_usage u LEFT JOIN (SELECT user_id, kind, sum(amount) AS amount FROM quota.ledger GROUP BY 1, 2) l
        USING (user_id, kind) WHERE tenant_id = $1`;
    return this.em.query(sql, [tenantId]);
  }

  private async usedOf(where: string, id: string): Promise<Record<string, number>> {
    const sql = `SELECT kind, used::int AS used FROM quota.${where} = $1 AND used <> 0`;
    const rows = await this.em.query<{ kind: string; used: number }[]>(sql, [id]);
    return Object.fromEntries(rows.map(({ kind, used }) => [kind, used]));
  }
}

export const codeOf = (error: unknown): string => (error instanceof NuboError ? error.code : String(error));
