import { randomUUID } from 'node:crypto';
import { NuboError, type QuotaKind } from '@nubo/contracts';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import {
  closeAccount,
  DEFAULT_LIMITS,
  ledgerCount,
  openAccount,
  quotaDriftOf,
  release,
  removeAccount,
  reserve,
  type Amounts,
  type Payer,
} from './quota';

jest.setTimeout(20_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase([{ schema: 'buyer', entities: [], migrations: [] }]);
});
afterAll(() => database?.stop());

const inTransaction = <T>(work: (em: EntityManager) => Promise<T>): Promise<T> =>
  database.em.transaction(work);

async function tenant(limits: Amounts = {}): Promise<{ tenantId: string; userId: string }> {
  const payer = { tenantId: randomUUID(), userId: randomUUID() };
  await openAccount(database.em, payer.tenantId);
  for (const [kind, limit] of Object.entries(limits)) {
    const sql = 'UPDATE quota.usage SET "limit" = $3 WHERE tenant_id = $1 AND kind = $2';
    await database.em.query(sql, [payer.tenantId, kind, limit]);
  }
  return payer;
}

async function used(tenantId: string): Promise<Amounts> {
  const sql = 'SELECT kind, used::int AS used FROM quota.usage WHERE tenant_id = $1 AND used <> 0';
  const rows = await database.em.query<{ kind: QuotaKind; used: number }[]>(sql, [tenantId]);
  return Object.fromEntries(rows.map(({ kind, used }) => [kind, used]));
}

const codeOf = (error: unknown): string => (error instanceof NuboError ? error.code : String(error));

describe('an account', () => {
  it('opens with the default limits and nothing used; opening it again changes nothing', async () => {
    const { tenantId } = await tenant({ vms: 3 });
    await openAccount(database.em, tenantId);
    const sql = 'SELECT kind, "limit"::int AS limit, used::int AS used FROM quota.usage WHERE tenant_id = $1';
    const rows = await database.em.query<{ kind: string; limit: number; used: number }[]>(sql, [tenantId]);
    expect(Object.fromEntries(rows.map(({ kind, limit }) => [kind, limit]))).toEqual({
      ...DEFAULT_LIMITS,
      vms: 3,
    });
    expect(await used(tenantId)).toEqual({});
  });

  it('that is closed gives nothing any more and takes back what it gave', async () => {
    const payer = await tenant();
    const id = randomUUID();
    await inTransaction((em) => reserve(em, payer, id, { vms: 1 }));
    await closeAccount(database.em, payer.tenantId);
    const refused = inTransaction((em) => reserve(em, payer, randomUUID(), { vms: 1 }));
    await expect(refused).rejects.toMatchObject({ kind: 'conflict', code: 'tenant_closed' });
    await inTransaction((em) => release(em, id));
    expect(await ledgerCount(database.em, payer.tenantId)).toBe(0);
    await removeAccount(database.em, payer.tenantId);
    expect(await used(payer.tenantId)).toEqual({});
  });

  it('waits with closing for a reservation that is under way, so that none slips through', async () => {
    const payer = await tenant();
    let closing: Promise<number> | undefined;
    await inTransaction(async (em) => {
      await reserve(em, payer, randomUUID(), { vms: 1 });
      closing = closeAccount(database.em, payer.tenantId).then(() =>
        ledgerCount(database.em, payer.tenantId),
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    expect(await closing).toBe(1);
  });

  it('that was never opened gives nothing', async () => {
    const nobody = { tenantId: randomUUID(), userId: randomUUID() };
    const refused = inTransaction((em) => reserve(em, nobody, randomUUID(), { vms: 1 }));
    await expect(refused).rejects.toMatchObject({ code: 'tenant_closed' });
  });
});

describe('a reservation', () => {
  it('is all or nothing, and tells the numbers', async () => {
    const payer = await tenant({ vms: 5, memory: 1_024 });
    await inTransaction((em) => reserve(em, payer, randomUUID(), { vms: 1, memory: 1_000 }));
    const refused = inTransaction((em) => reserve(em, payer, randomUUID(), { vms: 1, memory: 25 }));
    await expect(refused).rejects.toMatchObject({
      kind: 'exhausted',
      details: { kind: 'memory', limit: 1_024, used: 1_000, requested: 25 },
    });
    expect(await used(payer.tenantId)).toEqual({ vms: 1, memory: 1_000 });
  });

  it('may use the last bit', async () => {
    const payer = await tenant({ disk: 10 });
    await inTransaction((em) => reserve(em, payer, randomUUID(), { disk: 10 }));
    expect(await used(payer.tenantId)).toEqual({ disk: 10 });
  });

  it('of an administrator is free', async () => {
    await inTransaction((em) =>
      reserve(em, { tenantId: null, userId: randomUUID() }, randomUUID(), { vms: 99 }),
    );
    expect(await quotaDriftOf(database.em)).toBe(0);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('of %p is refused', async (amount) => {
    const payer = await tenant();
    const refused = inTransaction((em) => reserve(em, payer, randomUUID(), { disk: amount }));
    await expect(refused).rejects.toThrow(RangeError);
  });

  it('of a lowered limit is refused until enough is given back', async () => {
    const payer = await tenant({ vms: 2 });
    const ids = [randomUUID(), randomUUID()];
    for (const id of ids) await inTransaction((em) => reserve(em, payer, id, { vms: 1 }));
    await database.em.query(`UPDATE quota.usage SET "limit" = 1 WHERE tenant_id = $1`, [payer.tenantId]);
    const again = (): Promise<void> => inTransaction((em) => reserve(em, payer, randomUUID(), { vms: 1 }));
    await expect(again()).rejects.toMatchObject({ code: 'quota_exceeded' });
    for (const id of ids) await inTransaction((em) => release(em, id));
    await again();
  });

  it('two hundred at once against a limit of fifty: exactly fifty, the others are told', async () => {
    const payer = await tenant({ vms: 50 });
    const asked = Array.from({ length: 200 }, () =>
      inTransaction((em) => reserve(em, payer, randomUUID(), { vms: 1, vcpus: 0 })).then(() => 'ok', codeOf),
    );
    const answers = await Promise.all(asked);
    expect(answers.filter((answer) => answer === 'ok')).toHaveLength(50);
    expect(answers.filter((answer) => answer === 'quota_exceeded')).toHaveLength(150);
    expect(await used(payer.tenantId)).toEqual({ vms: 50 });
  });
});

describe('a release', () => {
  it('twice, or of nothing, is harmless', async () => {
    const payer = await tenant();
    const id = randomUUID();
    await inTransaction((em) => reserve(em, payer, id, { vms: 1, disk: 5 }));
    await Promise.all([1, 2, 3].map(() => inTransaction((em) => release(em, id))));
    await inTransaction((em) => release(em, randomUUID()));
    expect(await used(payer.tenantId)).toEqual({});
    expect(await quotaDriftOf(database.em)).toBe(0);
  });
});

interface Act {
  kind: 'reserve' | 'release' | 'crash';
  amounts: Amounts;
}

/** What happens to one resource, one after the other. */
type Life = Act[];

describe('any interleaving of reservations, releases and crashes', () => {
  const amounts = fc.record({ vms: fc.nat(3), memory: fc.nat(40), disk: fc.nat(20) });
  const act: fc.Arbitrary<Act> = fc.record({
    kind: fc.constantFrom<Act['kind']>('reserve', 'release', 'crash'),
    amounts,
  });
  const lives = fc.array(fc.array(act, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 8 });
  const LIMITS = { vms: 5, memory: 100, disk: 30 };

  class Crash extends Error {}

  const play = ({ kind, amounts: wanted }: Act, id: string, payer: Payer) =>
    inTransaction(async (em) => {
      if (kind === 'release') return release(em, id);
      await reserve(em, payer, id, wanted);
      if (kind === 'crash') throw new Crash();
    }).catch(expectedEnd);

  function expectedEnd(error: unknown): void {
    if (error instanceof Crash || codeOf(error) === 'quota_exceeded') return;
    expect(error).toMatchObject({ driverError: { code: '23505' } });
  }

  it('keeps used = SUM(ledger) ≤ limit', async () => {
    const live = async (life: Life, id: string, payer: Payer): Promise<void> => {
      for (const one of life) await play(one, id, payer);
    };
    const keepsTheSum = async (lives: Life[]): Promise<void> => {
      const payer = await tenant(LIMITS);
      const ids = lives.map(() => randomUUID());
      await Promise.all(lives.map((life, i) => live(life, ids[i] ?? '', payer)));
      const sql = `SELECT u.kind, u.used::int AS used, u."limit"::int AS limit, coalesce(sum(l.amount), 0)::int AS sum
        FROM quota.usage u LEFT JOIN quota.ledger l USING (tenant_id, kind) WHERE tenant_id = $1 GROUP BY 1, 2, 3`;
      const rows = await database.em.query<{ used: number; limit: number; sum: number }[]>(sql, [
        payer.tenantId,
      ]);
      for (const { used: now, limit, sum } of rows) {
        expect(now).toBe(sum);
        expect(now).toBeLessThanOrEqual(limit);
      }
      await Promise.all(ids.map((id) => inTransaction((em) => release(em, id))));
      expect(await used(payer.tenantId)).toEqual({});
    };
    await fc.assert(fc.asyncProperty(lives, keepsTheSum), {
      numRuns: 60,
    });
    expect(await quotaDriftOf(database.em)).toBe(0);
  });

  it('and drift would be seen, also without a quota', async () => {
    const { tenantId } = await tenant();
    await database.em.query(`UPDATE quota.usage SET used = 2 WHERE tenant_id = $1 AND kind = 'vms'`, [
      tenantId,
    ]);
    const orphan = `INSERT INTO quota.ledger (resource_id, kind, tenant_id, user_id, amount) VALUES ($1, 'vms', $1, $1, 3)`;
    await database.em.query(orphan, [randomUUID()]);
    expect(await quotaDriftOf(database.em)).toBe(5);
  });
});
