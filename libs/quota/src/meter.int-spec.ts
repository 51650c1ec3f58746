import { randomUUID } from 'node:crypto';
import { quotaDriftOf, removeAccount, removeUserAccount } from './accounts';
import { forgetMetered, meter, meteredOf, type MeteredAmounts } from './meter';
import { reserve, type Payer } from './quota';
import { Bank } from './testing/bank';

jest.setTimeout(60_000);

let bank: Bank;
beforeAll(async () => {
  bank = await Bank.open();
});
afterAll(() => bank?.stop());

const use = (payer: Payer, resourceId: string, amounts: MeteredAmounts): Promise<void> =>
  bank.inTransaction((em) => meter(em, [{ resourceId, payer, amounts }]));
const take = (payer: Payer): Promise<void> =>
  bank.inTransaction((em) => reserve(em, payer, randomUUID(), { vpcs: 1 }));

describe('what is metered', () => {
  it('adds up for the resource, its user and its tenant, and stays theirs when the resource goes', async () => {
    const payer = await bank.tenant();
    const other = await bank.user(payer.tenantId);
    const [vm, another] = [randomUUID(), randomUUID()];
    await use(payer, vm, { cpuSeconds: 3, networkInBytes: 500, diskReadBytes: 0 });
    await bank.inTransaction((em) =>
      meter(em, [
        { resourceId: vm, payer, amounts: { cpuSeconds: 4 } },
        { resourceId: another, payer: other, amounts: { cpuSeconds: 10 } },
      ]),
    );
    expect(await meteredOf(bank.em, vm)).toEqual({ cpuSeconds: 7, networkInBytes: 500 });
    await bank.inTransaction((em) => forgetMetered(em, vm));
    expect(await meteredOf(bank.em, vm)).toEqual({});
    expect(await bank.used(payer.tenantId)).toEqual({ cpuSeconds: 17, networkInBytes: 500 });
    expect(await bank.usedByUser(payer.userId)).toEqual({ cpuSeconds: 7, networkInBytes: 500 });
    expect(await bank.usedByUser(other.userId)).toEqual({ cpuSeconds: 10 });
    expect(await quotaDriftOf(bank.em)).toBe(0);
  });

  it('counts for an administrator too, who has no tenant', async () => {
    const admin = await bank.user(null);
    await use(admin, randomUUID(), { cpuSeconds: 2 });
    expect(await bank.usedByUser(admin.userId)).toEqual({ cpuSeconds: 2 });
  });

  it('is counted beyond its limit, and then nothing new can be made', async () => {
    const [payer, vm] = [await bank.tenant({ cpuSeconds: 10 }), randomUUID()];
    await use(payer, vm, { cpuSeconds: 9 });
    await take(payer);
    await use(payer, vm, { cpuSeconds: 6 });
    await expect(take(payer)).rejects.toMatchObject({
      kind: 'exhausted',
      code: 'quota_exceeded',
      details: { whose: 'tenant', kind: 'cpuSeconds', limit: 10, used: 15, requested: 0 },
    });
    await bank.em.query(`UPDATE quota.usage SET "limit" = 16 WHERE tenant_id = $1`, [payer.tenantId]);
    await take(payer);
  });

  it('that a user has used up stops that user, and no other', async () => {
    const payer = await bank.tenant();
    const other = await bank.user(payer.tenantId, { networkOutBytes: 1_000 });
    await use(other, randomUUID(), { networkOutBytes: 1_000 });
    await expect(take(other)).rejects.toMatchObject({
      message:
        'Your own quota for networkOutBytes is 1000: 1000 used up. What there is goes on; nothing new can be made.',
      details: { whose: 'user', kind: 'networkOutBytes' },
    });
    await take(payer);
  });

  it('at once on many hosts loses nothing', async () => {
    const payer = await bank.tenant();
    const vms = Array.from({ length: 5 }, () => randomUUID());
    const host = (n: number): Promise<void> =>
      bank.inTransaction((em) =>
        meter(
          em,
          vms
            .slice(n % 3)
            .map((resourceId) => ({ resourceId, payer, amounts: { cpuSeconds: 1, diskReadBytes: 2 } })),
        ),
      );
    await Promise.all(Array.from({ length: 30 }, (_, n) => host(n)));
    expect(await bank.used(payer.tenantId)).toEqual({ cpuSeconds: 120, diskReadBytes: 240 });
    expect(await bank.usedByUser(payer.userId)).toEqual({ cpuSeconds: 120, diskReadBytes: 240 });
  });

  it('goes with its user, but for what the tenant used, and with its tenant', async () => {
    const payer = await bank.tenant();
    await use(payer, randomUUID(), { cpuSeconds: 5 });
    await removeUserAccount(bank.em, payer.userId);
    expect(await bank.usedByUser(payer.userId)).toEqual({});
    expect(await bank.used(payer.tenantId)).toEqual({ cpuSeconds: 5 });
    await removeAccount(bank.em, payer.tenantId);
    expect(await bank.rows(payer.tenantId)).toEqual([]);
  });
});
