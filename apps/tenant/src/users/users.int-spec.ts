import {
  deleteUser,
  findUser,
  getPrincipal,
  getUser,
  listUsers,
  resolveUser,
  updateUser,
  registerTenant,
  type NuboError,
  type Principal,
  type RequestContext,
} from '@nubo/contracts';
import { contextOf, eventually, someone } from '@nubo/testing';
import { randomUUID } from 'node:crypto';
import { User } from '../../../../libs/entities/src/tenant';
import {
  aMember,
  aRegistration,
  asAdmin,
  aTenant,
  mailedUuid,
  nobody,
  openStage,
  type Stage,
} from '../testing/stage';
import { FirstAdminService } from './first-admin.service';

jest.setTimeout(60_000);

describe('users', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());

  const service = (): RequestContext => contextOf(someone('service', { userId: 'compute' }));

  it('are found by id and by address, however it is written', async () => {
    const { userId, tenantId, email } = await aTenant(stage);
    const found = { userId, tenantId, email };
    expect(await stage.app.call(resolveUser, service(), { user: userId })).toEqual(found);
    expect(await stage.app.call(resolveUser, service(), { user: email.toUpperCase() })).toEqual(found);
    const part = stage.app.call(resolveUser, service(), { user: email.slice(1) });
    await expect(part).rejects.toMatchObject({ kind: 'not_found', code: 'user_not_found' });
  });

  it('are not told any more to a tenant whose people have named thirty who are not there', async () => {
    const [a, b] = [await aTenant(stage), await aTenant(stage)];
    const { who } = await aMember(stage, a.owner);
    const ask = (by: Principal, user: string): Promise<string> =>
      stage.app.call(resolveUser, contextOf(by), { user }).then(
        () => 'found',
        (error: NuboError) => error.code,
      );
    for (let n = 0; n < 30; n += 1)
      expect(await ask(n % 2 ? who : a.owner, `nobody-${n}@nubo.test`)).toBe('user_not_found');
    for (const by of [who, a.owner])
      for (const named of [b.email, b.userId, randomUUID()])
        expect(await ask(by, named)).toBe('too_many_attempts');
    expect(await ask(b.owner, a.email)).toBe('found');
  });

  it('are found by name or address within their tenant alone, and nobody else is told of', async () => {
    const { tenantId, owner, email } = await aTenant(stage);
    const other = await aTenant(stage);
    const { who } = await aMember(stage, owner);
    const { name } = await stage.app.call(getUser, contextOf(owner), { id: who.userId });
    const find = async (user: string, of = tenantId) =>
      (await stage.app.call(findUser, service(), { tenantId: of, user })).items.map(({ userId }) => userId);
    expect(await find(email.toUpperCase())).toEqual([owner.userId]);
    expect(await find(name)).toEqual([who.userId]);
    for (const user of [email, name]) expect(await find(user, other.tenantId)).toEqual([]);
    for (const user of [who.userId, name.slice(1), '%', 'nobody']) expect(await find(user)).toEqual([]);
  });

  it('are to services what they are now, and nobody once they are gone', async () => {
    const { owner } = await aTenant(stage);
    const { who } = await aMember(stage, owner);
    const { userId, tenantId } = who;
    const now = () => stage.app.call(getPrincipal, service(), { id: userId });
    expect(await now()).toEqual({ userId, tenantId, role: 'member' });
    await stage.app.call(updateUser, contextOf(owner), { id: userId, role: 'owner' });
    expect(await now()).toEqual({ userId, tenantId, role: 'owner' });
    await stage.app.call(deleteUser, contextOf(owner), { id: userId });
    await expect(now()).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('are not found before their tenant is activated', async () => {
    const input = aRegistration();
    await stage.app.call(registerTenant, nobody(), input);
    await mailedUuid(stage.inbox, input.email);
    const call = stage.app.call(resolveUser, service(), { user: input.email });
    await expect(call).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('see themselves, an owner its tenant’s, an administrator all', async () => {
    const [a, b] = [await aTenant(stage), await aTenant(stage)];
    const idsFor = async (ctx: RequestContext) =>
      (await stage.app.call(listUsers, ctx, { limit: 1000 })).items.map(({ id }) => id);
    expect(await idsFor(contextOf(a.owner))).toEqual([a.userId]);
    const asMember = someone('member', { tenantId: b.tenantId, userId: a.userId });
    expect(await idsFor(contextOf(asMember))).toEqual([a.userId]);
    expect(await idsFor(asAdmin())).toEqual(expect.arrayContaining([a.userId, b.userId]));
  });

  it('come page by page', async () => {
    await Promise.all([aTenant(stage), aTenant(stage)]);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await stage.app.call(listUsers, asAdmin(), { limit: 2, after });
      seen.push(...page.items.map(({ id }) => id));
      after = page.next;
    } while (after);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(await stage.em.count(User));
  });

  it('keep what an update does not name, and lose metadata by null', async () => {
    const { userId: id, owner } = await aTenant(stage);
    const update = (input: object) => stage.app.call(updateUser, contextOf(owner), { id, ...input });
    expect(await update({ metadata: { desk: '7' } })).toMatchObject({ metadata: { desk: '7' }, version: 2 });
    expect(await update({})).toMatchObject({ metadata: { desk: '7' }, version: 3 });
    expect(await update({ metadata: null })).toMatchObject({ metadata: {}, version: 4 });
    const stale = stage.app.call(updateUser, contextOf(owner, { ifMatch: 1 }), { id, metadata: null });
    await expect(stale).rejects.toMatchObject({ kind: 'precondition' });
    expect(await stage.app.call(getUser, contextOf(owner), { id })).toMatchObject({ version: 4 });
  });

  it('get one administrator at the start, however many replicas start at once', async () => {
    const first = stage.app.get(FirstAdminService);
    await eventually(() => stage.em.existsBy(User, { role: 'admin' }));
    await stage.em.delete(User, { role: 'admin' });
    await Promise.all([1, 2, 3].map(() => first.ensure()));
    expect(await stage.em.countBy(User, { role: 'admin' })).toBe(1);
  });
});
