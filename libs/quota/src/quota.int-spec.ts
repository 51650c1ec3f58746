import { randomUUID } from 'node:crypto';
import { eventually } from '@nubo/testing';
import {
  closeAccount,
  closeUserAccount,
  DEFAULT_LIMITS,
  ledgerCount,
  openAccount,
  quotaDriftOf,
  removeAccount,
  removeUserAccount,
  userLedgerCount,
} from './accounts';
import { release, reserve, type Amounts, type Payer } from './quota';
import { Bank, codeOf } from './testing/bank';

jest.setTimeout(60_000);

let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open();
});
afterAll(() => bank?.stop());

const take = (payer: Payer, amounts: Amounts, id: string = randomUUID()): Promise<void> =>
  bank.inTransaction((em) => reserve(em, payer, id, amounts));
/** As a client does when all connections are taken for longer than one is waited for: again. */
async function answerTo(payer: Payer, amounts: Amounts): Promise<string> {
  for (;;) {
    const answer = await take(payer, amounts).then(() => 'ok', codeOf);
    if (answer === 'ok' || answer === 'quota_exceeded') return answer;
  }
}
const giveBack = (id: string): Promise<void> => bank.inTransaction((em) => release(em, id));

/** How many wait for a lock in this database. */
const WAITING = `SELECT count(DISTINCT pid)::int AS n FROM pg_locks waiting JOIN pg_locks here USING (pid)
  JOIN pg_database d ON d.oid = here.database WHERE NOT waiting.granted AND d.datname = current_database()`;

describe('an account', () => {
  it('opens with the default limits and nothing used; opening it again changes nothing', async () => {
    const { tenantId } = await bank.tenant({ vms: 3 });
    await openAccount(bank.em, tenantId);
    const rows = await bank.rows(tenantId);
    expect(Object.fromEntries(rows.map(({ kind, limit }) => [kind, limit]))).toEqual({
      ...DEFAULT_LIMITS,
      vms: 3,
    });
    expect(await bank.used(tenantId)).toEqual({});
  });

  it('that is closed gives nothing any more and takes back what it gave', async () => {
    const payer = await bank.tenant();
    const id = randomUUID();
    await take(payer, { vms: 1 }, id);
    await closeAccount(bank.em, payer.tenantId);
    await expect(take(payer, { vms: 1 })).rejects.toMatchObject({ kind: 'conflict', code: 'tenant_closed' });
    await giveBack(id);
    expect(await ledgerCount(bank.em, payer.tenantId)).toBe(0);
    await removeAccount(bank.em, payer.tenantId);
    expect(await bank.rows(payer.tenantId)).toEqual([]);
  });

  it('waits with closing for a reservation that is under way, so that none slips through', async () => {
    const payer = await bank.tenant();
    let closing: Promise<number[]> | undefined;
    const close = (): Promise<number[]> =>
      Promise.all([
        closeAccount(bank.em, payer.tenantId).then(() => ledgerCount(bank.em, payer.tenantId)),
        closeUserAccount(bank.em, payer).then(() => userLedgerCount(bank.em, payer.userId)),
      ]);
    await bank.inTransaction(async (em) => {
      await reserve(em, payer, randomUUID(), { vms: 1 });
      closing = close();
      await eventually(async () => (await em.query<{ n: number }[]>(WAITING))[0]?.n === 2);
    });
    expect(await closing).toEqual([1, 1]);
  });

  it('that was never opened gives nothing', async () => {
    const nobody = { tenantId: randomUUID(), userId: randomUUID() };
    await expect(take(nobody, { vms: 1 })).rejects.toMatchObject({ code: 'tenant_closed' });
  });

  it('of a user that is closed gives nothing any more, also late, and those of others go on', async () => {
    const [payer, id] = [await bank.tenant(), randomUUID()];
    const other = await bank.user(payer.tenantId);
    await take(payer, { vms: 1, disk: 3 }, id);
    await closeUserAccount(bank.em, payer);
    await giveBack(id);
    expect(await userLedgerCount(bank.em, payer.userId)).toBe(0);
    await removeUserAccount(bank.em, payer.userId);
    await expect(take(payer, { vms: 1 })).rejects.toMatchObject({ kind: 'conflict', code: 'user_closed' });
    await take(other, { vms: 1 });
    expect((await bank.rows(payer.tenantId)).some(({ whose }) => whose === payer.userId)).toBe(false);
  });
});

describe('a reservation', () => {
  it('is all or nothing, and tells whose limit it is and the numbers', async () => {
    const payer = await bank.tenant({ vms: 5, memory: 1_024 });
    await take(payer, { vms: 1, memory: 1_000 });
    await expect(take(payer, { vms: 1, memory: 25 })).rejects.toMatchObject({
      kind: 'exhausted',
      code: 'quota_exceeded',
      message: 'The tenant’s quota for memory is 1024: 1000 used, 25 more asked for.',
      details: { whose: 'tenant', kind: 'memory', limit: 1_024, used: 1_000, requested: 25 },
    });
    expect(await bank.used(payer.tenantId)).toEqual({ vms: 1, memory: 1_000 });
    expect(await bank.usedByUser(payer.userId)).toEqual({ vms: 1, memory: 1_000 });
  });

  it('is refused by the user’s own limit where the tenant has room, and other users have theirs', async () => {
    const payer = await bank.tenant({ vms: 10 });
    const other = await bank.user(payer.tenantId, { vms: 1 });
    await take(other, { vms: 1, disk: 7 });
    await expect(take(other, { vms: 1, disk: 7 })).rejects.toMatchObject({
      kind: 'exhausted',
      message: 'Your own quota for vms is 1: 1 used, 1 more asked for.',
      details: { whose: 'user', kind: 'vms', limit: 1, used: 1, requested: 1 },
    });
    await take(payer, { vms: 9 });
    await bank.limitUser(other, { vms: null });
    await expect(take(other, { vms: 1 })).rejects.toMatchObject({ details: { whose: 'tenant' } });
    expect(await bank.used(payer.tenantId)).toEqual({ vms: 10, disk: 7 });
    expect(await bank.usedByUser(other.userId)).toEqual({ vms: 1, disk: 7 });
  });

  it('may use the last bit', async () => {
    const payer = await bank.tenant({ disk: 10 });
    await bank.limitUser(payer, { disk: 10 });
    await take(payer, { disk: 10 });
    expect(await bank.used(payer.tenantId)).toEqual({ disk: 10 });
  });

  it('of an administrator is limited by a limit of its own only', async () => {
    const [admin, id] = [await bank.user(null), randomUUID()];
    await take(admin, { vms: 99 }, id);
    expect(await bank.usedByUser(admin.userId)).toEqual({ vms: 99 });
    await bank.limitUser(admin, { vms: 100 });
    await expect(take(admin, { vms: 2 })).rejects.toMatchObject({ details: { whose: 'user', used: 99 } });
    expect(await quotaDriftOf(bank.em)).toBe(0);
    await giveBack(id);
    expect(await bank.usedByUser(admin.userId)).toEqual({});
  });

  it('of an administrator in a tenant that goes leaves what it has elsewhere', async () => {
    const [here, there] = [await bank.tenant(), await bank.tenant()];
    const { userId } = await bank.user(null);
    const [first, second] = [randomUUID(), randomUUID()];
    await take({ ...here, userId }, { mappings: 1 }, first);
    await take({ ...there, userId }, { mappings: 1 }, second);
    await giveBack(first);
    await removeAccount(bank.em, here.tenantId);
    expect(await bank.usedByUser(userId)).toEqual({ mappings: 1 });
    expect(await quotaDriftOf(bank.em)).toBe(0);
    await giveBack(second);
    expect(await quotaDriftOf(bank.em)).toBe(0);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('of %p is refused', async (amount) => {
    await expect(take(await bank.tenant(), { disk: amount })).rejects.toThrow(RangeError);
  });

  it('of a kind that the tenant has no quota for is refused', async () => {
    const payer = await bank.tenant();
    await bank.em.query(`DELETE FROM quota.usage WHERE tenant_id = $1 AND kind = 'vpcs'`, [payer.tenantId]);
    await expect(take(payer, { vpcs: 1 })).rejects.toMatchObject({ details: { kind: 'vpcs', limit: 0 } });
  });

  it('of a lowered limit is refused until enough is given back', async () => {
    const payer = await bank.tenant({ vms: 2 });
    const ids = [randomUUID(), randomUUID()];
    for (const id of ids) await take(payer, { vms: 1 }, id);
    await bank.em.query(`UPDATE quota.usage SET "limit" = 1 WHERE tenant_id = $1`, [payer.tenantId]);
    await expect(take(payer, { vms: 1 })).rejects.toMatchObject({ code: 'quota_exceeded' });
    for (const id of ids) await giveBack(id);
    await take(payer, { vms: 1 });
  });

  it.each(['tenant', 'user'] as const)(
    'two hundred at once against a %s’s limit of fifty: exactly fifty, the others are told',
    async (whose) => {
      const payer = await bank.tenant({ vms: whose === 'tenant' ? 50 : 1_000 });
      await bank.limitUser(payer, { vms: whose === 'user' ? 50 : null });
      const asked = Array.from({ length: 200 }, () => answerTo(payer, { vms: 1, vcpus: 0 }));
      const answers = await Promise.all(asked);
      expect(answers.filter((answer) => answer === 'ok')).toHaveLength(50);
      expect(answers.filter((answer) => answer === 'quota_exceeded')).toHaveLength(150);
      expect(await bank.used(payer.tenantId)).toEqual({ vms: 50 });
      expect(await bank.usedByUser(payer.userId)).toEqual({ vms: 50 });
    },
  );
});

describe('a release', () => {
  it('twice, or of nothing, is harmless', async () => {
    const payer = await bank.tenant();
    const id = randomUUID();
    await take(payer, { vms: 1, disk: 5 }, id);
    await Promise.all([1, 2, 3].map(() => giveBack(id)));
    await giveBack(randomUUID());
    expect(await bank.used(payer.tenantId)).toEqual({});
    expect(await bank.usedByUser(payer.userId)).toEqual({});
    expect(await quotaDriftOf(bank.em)).toBe(0);
  });
});

describe('drift', () => {
  it('is seen of tenants and of users, also without a quota, and not of what is metered', async () => {
    const payer = await bank.tenant();
    const { tenantId, userId } = payer;
    await bank.limitUser(payer, { vms: null, cpuSeconds: null });
    const before = await quotaDriftOf(bank.em);
    const tamper = (table: string, column: string, id: string, kind: string) =>
      bank.em.query(`UPDATE quota.${table} SET used = 2 WHERE ${column} = $1 AND kind = $2`, [id, kind]);
    await tamper('usage', 'tenant_id', tenantId, 'cpuSeconds');
    await tamper('user_usage', 'user_id', userId, 'cpuSeconds');
    expect(await quotaDriftOf(bank.em)).toBe(before);
    await tamper('usage', 'tenant_id', tenantId, 'vms');
    expect(await quotaDriftOf(bank.em)).toBe(before + 2);
    await tamper('user_usage', 'user_id', userId, 'vms');
    expect(await quotaDriftOf(bank.em)).toBe(before + 4);
    const orphan = `INSERT INTO quota.ledger (resource_id, kind, tenant_id, user_id, amount) VALUES ($1, 'vms', $1, $1, 3)`;
    await bank.em.query(orphan, [randomUUID()]);
    expect(await quotaDriftOf(bank.em)).toBe(before + 10);
  });
});
