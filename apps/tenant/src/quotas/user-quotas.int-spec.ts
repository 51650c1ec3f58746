import { randomUUID } from 'node:crypto';
import {
  listQuotaUses,
  listUserQuotas,
  listUserQuotaUses,
  QUOTA_KINDS,
  setUserQuota,
  type Principal,
  type QuotaUseView,
  type RequestContext,
} from '@nubo/contracts';
import { meter, reserve, type Amounts } from '@nubo/quota';
import { contextOf, someone } from '@nubo/testing';
import { User } from '../../../../libs/entities/src/tenant';
import { asAdmin, aTenant, openStage, type Member, type Stage } from '../testing/stage';

jest.setTimeout(60_000);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.stop());

async function aMember({ tenantId }: Member): Promise<Principal> {
  const who = someone('member', { tenantId });
  const { userId } = who;
  const email = `${userId}@members.test`;
  const person = { id: userId, userId, tenantId, name: 'member', state: 'active', role: 'member' as const };
  await stage.em.insert(User, { ...person, email, emailKey: email, passwordHash: 'none' });
  return who;
}

async function take(who: Principal, amounts: Amounts): Promise<string> {
  const id = randomUUID();
  await stage.em.transaction((em) => reserve(em, who, id, amounts));
  return id;
}

const uses = async (ctx: RequestContext, id: string, kind: QuotaUseView['kind'] = 'vms') =>
  (await stage.app.call(listUserQuotaUses, ctx, { id, kind })).items;
const tenantUses = async (ctx: RequestContext, id: string, kind: QuotaUseView['kind'] = 'vms') =>
  (await stage.app.call(listQuotaUses, ctx, { id, kind })).items;

describe('a user’s quotas', () => {
  it('show all kinds, with what the user itself uses, and no limit until one is set', async () => {
    const tenant = await aTenant(stage);
    const member = await aMember(tenant);
    await take(member, { vms: 2 });
    await take(tenant.owner, { vms: 1 });
    const { items } = await stage.app.call(listUserQuotas, contextOf(member), { id: member.userId });
    expect(items.map(({ kind }) => kind)).toEqual(QUOTA_KINDS);
    expect(items).toContainEqual({ kind: 'vms', used: 2, limit: null });
    expect(items).toContainEqual({ kind: 'disk', used: 0, limit: null });
  });

  it('are limited by an administrator and by the owner of the tenant, and freed by null', async () => {
    const tenant = await aTenant(stage);
    const member = await aMember(tenant);
    await take(member, { vms: 2 });
    const set = (ctx: RequestContext, limit?: number | null) =>
      stage.app.call(setUserQuota, ctx, { userId: member.userId, kind: 'vms', limit });
    expect(await set(asAdmin(), 3)).toEqual({ kind: 'vms', used: 2, limit: 3 });
    expect(await set(contextOf(tenant.owner), 1)).toEqual({ kind: 'vms', used: 2, limit: 1 });
    expect(await set(contextOf(tenant.owner))).toEqual({ kind: 'vms', used: 2, limit: 1 });
    await expect(take(member, { vms: 1 })).rejects.toMatchObject({
      details: { whose: 'user', limit: 1, used: 2, requested: 1 },
    });
    await take(tenant.owner, { vms: 1 });
    expect(await set(asAdmin(), null)).toEqual({ kind: 'vms', used: 2, limit: null });
    await take(member, { vms: 1 });
  });

  it('can be limited before anything is used, also of an administrator', async () => {
    const [{ id: userId }] = [await stage.em.findOneByOrFail(User, { role: 'admin' })];
    const view = await stage.app.call(setUserQuota, asAdmin(), { userId, kind: 'cpuSeconds', limit: 60 });
    expect(view).toEqual({ kind: 'cpuSeconds', used: 0, limit: 60 });
    await stage.app.call(setUserQuota, asAdmin(), { userId, kind: 'cpuSeconds', limit: null });
  });

  it('are limited by nobody else: not by oneself, and another tenant’s owner does not know the user', async () => {
    const [tenant, other] = [await aTenant(stage), await aTenant(stage)];
    const [member, colleague] = [await aMember(tenant), await aMember(tenant)];
    const set = (who: Principal) =>
      stage.app.call(setUserQuota, contextOf(who), { userId: member.userId, kind: 'vms', limit: 99 });
    await expect(set(member)).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(set(colleague)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(set(other.owner)).rejects.toMatchObject({ kind: 'not_found', code: 'user_not_found' });
  });

  it.each([listUserQuotas, listUserQuotaUses])(
    '$subject is for the user, its owner and administrators',
    async (op) => {
      const [tenant, other] = [await aTenant(stage), await aTenant(stage)];
      const [member, colleague] = [await aMember(tenant), await aMember(tenant)];
      const look = (ctx: RequestContext) =>
        stage.app.call<{ id: string }, object>(op, ctx, {
          id: member.userId,
          ...(op === listUserQuotaUses && { kind: 'vms' }),
        });
      for (const ctx of [contextOf(member), contextOf(tenant.owner), asAdmin()])
        expect(await look(ctx)).toHaveProperty('items');
      for (const who of [colleague, other.owner])
        await expect(look(contextOf(who))).rejects.toMatchObject({ kind: 'not_found' });
    },
  );
});

describe('what a quota goes to', () => {
  it('is told to the owner for the whole tenant, to a member for what it made', async () => {
    const tenant = await aTenant(stage);
    const member = await aMember(tenant);
    const [mine, other] = [await take(member, { vms: 1, disk: 5 }), await take(tenant.owner, { vms: 3 })];
    const use = (resourceId: string, amount: number, { userId }: Principal): QuotaUseView => ({
      ...{ resourceId, kind: 'vms', amount, userId },
    });
    const all = [use(mine, 1, member), use(other, 3, tenant.owner)];
    const byId = (a: QuotaUseView, b: QuotaUseView): number => (a.resourceId < b.resourceId ? -1 : 1);
    expect(await tenantUses(contextOf(tenant.owner), tenant.tenantId)).toEqual(all.sort(byId));
    expect(await tenantUses(contextOf(member), tenant.tenantId)).toEqual([use(mine, 1, member)]);
    expect(await uses(contextOf(member), member.userId)).toEqual([use(mine, 1, member)]);
    expect(await uses(contextOf(member), member.userId, 'disk')).toMatchObject([{ amount: 5 }]);
    const [, stranger] = [await tenantUses(asAdmin(), tenant.tenantId), await aTenant(stage)];
    await expect(tenantUses(contextOf(stranger.owner), tenant.tenantId)).rejects.toMatchObject({
      kind: 'not_found',
    });
  });

  it('is told of metered kinds too, and comes page by page', async () => {
    const tenant = await aTenant(stage);
    const vms = Array.from({ length: 3 }, () => randomUUID()).sort();
    await stage.em.transaction((em) =>
      meter(
        em,
        vms.map((resourceId, i) => ({ resourceId, payer: tenant.owner, amounts: { cpuSeconds: i + 1 } })),
      ),
    );
    const page = (after?: string) =>
      stage.app.call(listQuotaUses, contextOf(tenant.owner), {
        ...{ id: tenant.tenantId, kind: 'cpuSeconds' as const, limit: 2, after },
      });
    const first = await page();
    const second = await page(first.next);
    expect([...first.items, ...second.items].map(({ resourceId, amount }) => [resourceId, amount])).toEqual(
      vms.map((id, i) => [id, i + 1]),
    );
    expect(second.next).toBeUndefined();
  });
});
