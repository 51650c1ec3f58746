// Whatever happens at the same time, and wherever it ends: used = SUM(ledger) ≤ limit.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { quotaDriftOf } from './accounts';
import { release, reserve, type Amounts, type Payer } from './quota';
import { Bank, codeOf, type Row } from './testing/bank';

jest.setTimeout(120_000);

let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open();
});
afterAll(() => bank?.stop());

/** How a transaction ends: as it should, or when it would send its nth statement (or commit). */
interface End {
  how: 'commit' | 'crash' | 'killed connection';
  at: number;
}
interface Act {
  kind: 'reserve' | 'release';
  amounts: Amounts;
  end: End;
}
/** What happens to one resource, one after the other, and which of the tenant's users pays. */
interface Life {
  user: number;
  acts: Act[];
}

const LIMITS = { vms: 6, memory: 100, disk: 30 };
const USER_LIMITS = [{ vms: 4, memory: 60 }, { disk: 12 }, {}];

const end: fc.Arbitrary<End> = fc.record({
  how: fc.constantFrom<End['how']>('commit', 'commit', 'crash', 'killed connection'),
  at: fc.integer({ min: 1, max: 8 }),
});
const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom<Act['kind']>('reserve', 'release'),
  amounts: fc.record({ vms: fc.nat(3), memory: fc.nat(40), disk: fc.nat(20) }),
  end,
});
const life: fc.Arbitrary<Life> = fc.record({
  user: fc.nat(USER_LIMITS.length - 1),
  acts: fc.array(act, { minLength: 1, maxLength: 4 }),
});
const lives = fc.array(life, { minLength: 2, maxLength: 8 });

class Crash extends Error {}

/** `em`, but its nth statement never happens. */
function ending(em: EntityManager, { how, at }: End): { em: EntityManager; commit: () => Promise<void> } {
  let left = at;
  const reached = async (): Promise<void> => {
    left -= 1;
    if (how === 'commit' || left !== 0) return;
    if (how === 'killed connection') await em.query('SELECT pg_terminate_backend(pg_backend_pid())');
    throw new Crash();
  };
  const query = async (sql: string, parameters?: unknown[]): Promise<unknown> => {
    await reached();
    return em.query(sql, parameters);
  };
  const broken = new Proxy(em, {
    get: (of, key) => (key === 'query' ? query : (Reflect.get(of, key) as unknown)),
  });
  const commit = async (): Promise<void> => {
    left = Math.min(left, 1);
    await reached();
  };
  return { em: broken, commit };
}

const play = ({ kind, amounts, end: how }: Act, id: string, payer: Payer): Promise<void> =>
  bank
    .inTransaction(async (real) => {
      const { em, commit } = ending(real, how);
      await (kind === 'release' ? release(em, id) : reserve(em, payer, id, amounts));
      await commit();
    })
    .catch(expectedEnd);

/** 23505: it is there already; 57P01 and what TypeORM says after it: the connection was killed. */
function expectedEnd(error: unknown): void {
  if (error instanceof Crash || codeOf(error) === 'quota_exceeded') return;
  expect(String(error)).toMatch(/duplicate key|terminat|not queryable|Connection/);
}

function holds(rows: Row[]): void {
  for (const { used, limit, sum } of rows.filter(({ kind }) => kind in LIMITS)) {
    expect(used).toBe(sum);
    if (limit !== null) expect(used).toBeLessThanOrEqual(limit);
  }
}

async function keepsTheSum(all: Life[]): Promise<void> {
  const { tenantId } = await bank.tenant(LIMITS);
  const payers = await Promise.all(USER_LIMITS.map((limits) => bank.user(tenantId, limits)));
  const ids = all.map(() => randomUUID());
  const live = async ({ acts, user }: Life, i: number): Promise<void> => {
    for (const one of acts) await play(one, ids[i] ?? '', payers[user] ?? { tenantId, userId: '' });
  };
  let over = false;
  const watching = (async () => {
    while (!over) holds(await bank.rows(tenantId));
  })();
  await Promise.all(all.map(live)).finally(() => (over = true));
  await watching;
  holds(await bank.rows(tenantId));
  await Promise.all(ids.map((id) => bank.inTransaction((em) => release(em, id))));
  expect(await bank.used(tenantId)).toEqual({});
  for (const { userId } of payers) expect(await bank.usedByUser(userId)).toEqual({});
}

describe('any interleaving of reservations, releases, aborted transactions and killed connections', () => {
  it('keeps used = SUM(ledger) ≤ limit at every moment, of the tenant and of each user', async () => {
    await fc.assert(fc.asyncProperty(lives, keepsTheSum), { numRuns: 60 });
    expect(await quotaDriftOf(bank.em)).toBe(0);
  });

  it('ends none by a deadlock, also where users share a tenant and take different kinds', async () => {
    const { tenantId } = await bank.tenant({ vms: 1_000, memory: 1_000, disk: 1_000 });
    const users = await Promise.all([0, 1, 2].map(() => bank.user(tenantId)));
    const kinds: Amounts[] = [{ vms: 1, disk: 1 }, { disk: 1, vms: 1 }, { memory: 1, vms: 1 }, { disk: 1 }];
    const once = async (n: number): Promise<void> => {
      const [payer, id] = [users[n % 3], randomUUID()];
      await bank.inTransaction((em) => reserve(em, payer, id, kinds[n % kinds.length] ?? {}));
      await bank.inTransaction((em) => release(em, id));
    };
    const ends = await Promise.allSettled(Array.from({ length: 120 }, (_, n) => once(n)));
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
  });
});
