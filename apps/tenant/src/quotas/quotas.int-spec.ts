import { randomUUID } from 'node:crypto';
import { listQuotas, QUOTA_KINDS, setQuota } from '@nubo/contracts';
import { reserve } from '@nubo/quota';
import { contextOf } from '@nubo/testing';
import { asAdmin, aTenant, openStage, type Stage } from '../testing/stage';
import { UpkeepService } from '../upkeep/upkeep.service';

jest.setTimeout(60_000);

describe('quotas', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());

  it('show the owner what is used of every limit', async () => {
    const { tenantId, userId, owner } = await aTenant(stage);
    await stage.em.transaction((em) =>
      reserve(em, { tenantId, userId }, randomUUID(), { vms: 1, memory: 512 }),
    );
    const { items } = await stage.app.call(listQuotas, contextOf(owner), { id: tenantId });
    expect(items.map(({ kind }) => kind)).toEqual(QUOTA_KINDS);
    expect(items).toContainEqual({ kind: 'vms', used: 1, limit: 20 });
    expect(items).toContainEqual({ kind: 'memory', used: 512, limit: 65_536 });
  });

  it('that an administrator lowers below what is used refuse new things and take nothing away', async () => {
    const { tenantId, userId } = await aTenant(stage);
    const take = () =>
      stage.em.transaction((em) => reserve(em, { tenantId, userId }, randomUUID(), { vms: 1 }));
    await take();
    const view = await stage.app.call(setQuota, asAdmin(), { tenantId, kind: 'vms', limit: 0 });
    expect(view).toEqual({ kind: 'vms', used: 1, limit: 0 });
    expect(await stage.app.call(setQuota, asAdmin(), { tenantId, kind: 'vms' })).toEqual(view);
    await expect(take()).rejects.toMatchObject({
      kind: 'exhausted',
      details: { whose: 'tenant', limit: 0, used: 1, requested: 1 },
    });
    await stage.app.call(setQuota, asAdmin(), { tenantId, kind: 'vms', limit: null });
    await take();
  });

  it('of a tenant that does not exist cannot be set', async () => {
    const call = stage.app.call(setQuota, asAdmin(), { tenantId: randomUUID(), kind: 'vms', limit: 1 });
    await expect(call).rejects.toMatchObject({ kind: 'not_found', code: 'tenant_not_found' });
  });

  it('that differ from the ledger show in the metrics', async () => {
    const { tenantId } = await aTenant(stage);
    const drift = async (): Promise<string | undefined> => {
      await stage.app.get(UpkeepService).look();
      const text = await (await fetch(`${stage.app.url}/metrics`)).text();
      return /^nubo_quota_drift (\d+)$/m.exec(text)?.[1];
    };
    expect(await drift()).toBe('0');
    await stage.em.query(`UPDATE quota.usage SET used = 3 WHERE tenant_id = $1 AND kind = 'vpcs'`, [
      tenantId,
    ]);
    expect(await drift()).toBe('3');
    await stage.em.query(
      `INSERT INTO quota.user_usage (user_id, tenant_id, kind, used) VALUES ($1, $2, 'vpcs', 4)`,
      [randomUUID(), tenantId],
    );
    expect(await drift()).toBe('7');
  });
});
