import {
  activateTenant,
  createSession,
  createUser,
  listUsers,
  registerTenant,
  type NuboError,
} from '@nubo/contracts';
import { contextOf, eventually, someone } from '@nubo/testing';
import { Tenant, User } from '../../../../libs/entities/src/tenant';
import {
  aMember,
  aPerson,
  aRegistration,
  asAdmin,
  aTenant,
  mailedUuid,
  nobody,
  openStage,
  type Stage,
} from '../testing/stage';
import { traces } from '../testing/traces';

jest.setTimeout(60_000);

describe('a user who is added', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());

  const login = (email: string, password: string) =>
    stage.app.call(createSession, nobody(), { email, password });

  it('by an owner belongs to its tenant and logs in with the password that was given', async () => {
    const { owner, tenantId } = await aTenant(stage);
    const input = aPerson({ name: 'grace', metadata: { desk: '7' } });
    const view = await stage.app.call(createUser, contextOf(owner), input);
    expect(view).toMatchObject({ email: input.email, name: 'grace', role: 'member', tenantId });
    expect(view).toMatchObject({ state: 'active', metadata: { desk: '7' }, mustChangePassword: false });
    expect(JSON.stringify(view)).not.toMatch(/argon2|tomatoes/);
    expect(await login(input.email, input.password)).toMatchObject({ tenantId, role: 'member' });
    const mail = await eventually(() => stage.inbox.of(input.email)[0]);
    expect(mail.subject).toBe('You have a Nubo account');
    expect(mail.text).not.toContain(input.password);
  });

  it('hears of it unless its tenant has written to a hundred others in an hour', async () => {
    const [loud, other] = [await aTenant(stage), await aTenant(stage)];
    const sql = `INSERT INTO attempts (key) SELECT 'strangers:' || $1 FROM generate_series(1, 100)`;
    await stage.em.query(sql, [loud.tenantId]);
    const [unheard, heard] = [aPerson(), aPerson()];
    await stage.app.call(createUser, contextOf(loud.owner), unheard);
    await stage.app.call(createUser, contextOf(other.owner), heard);
    await eventually(() => stage.inbox.of(heard.email)[0]);
    expect(stage.inbox.of(unheard.email)).toEqual([]);
    const counted = await stage.em.query<object[]>('SELECT key FROM attempts WHERE key = ANY($1)', [
      [`mail:${unheard.email}`, `mail:${heard.email}`],
    ]);
    expect(counted).toEqual([{ key: `mail:${heard.email}` }]);
  });

  it('is listed to the owner of the tenant, not to another member', async () => {
    const { owner, userId } = await aTenant(stage);
    const [a, b] = [await aMember(stage, owner), await aMember(stage, owner, { role: 'owner' })];
    const ids = async (who: typeof owner) =>
      (await stage.app.call(listUsers, contextOf(who), {})).items.map(({ id }) => id).sort();
    expect(await ids(owner)).toEqual([userId, a.view.id, b.view.id].sort());
    expect(await ids(b.who)).toEqual(await ids(owner));
    expect(await ids(a.who)).toEqual([a.view.id]);
  });

  it('by an administrator belongs to the tenant that is named, or is another administrator', async () => {
    const { tenantId } = await aTenant(stage);
    const owner = await stage.app.call(createUser, asAdmin(), aPerson({ tenantId, role: 'owner' }));
    expect(owner).toMatchObject({ tenantId, role: 'owner' });
    const admin = await stage.app.call(createUser, asAdmin(), aPerson({ role: 'admin' }));
    expect(admin).toMatchObject({ tenantId: null, role: 'admin' });
    expect(await login(admin.email, 'tomatoes-and-basil')).toMatchObject({ role: 'admin', tenantId: null });
  });

  it('is none in a tenant that does not exist, is pending or is being deleted', async () => {
    const input = aRegistration();
    await stage.app.call(registerTenant, nobody(), input);
    const pending = await stage.em.findOneByOrFail(Tenant, { name: input.name });
    const add = (tenantId: string) => stage.app.call(createUser, asAdmin(), aPerson({ tenantId }));
    await expect(add(pending.id)).rejects.toMatchObject({ kind: 'conflict', code: 'tenant_not_active' });
    await stage.em.update(Tenant, { id: pending.id }, { state: 'deleting' });
    await expect(add(pending.id)).rejects.toMatchObject({ kind: 'conflict', code: 'tenant_not_active' });
    const none = someone().tenantId ?? '';
    await expect(add(none)).rejects.toMatchObject({ kind: 'not_found', code: 'tenant_not_found' });
  });

  it('is made once for an Idempotency-Key, which keeps nothing of the password', async () => {
    const { owner } = await aTenant(stage);
    const ctx = contextOf(owner, { idempotencyKey: 'add-her' });
    const input = aPerson();
    const view = await stage.app.call(createUser, ctx, input);
    expect(await stage.app.call(createUser, ctx, input)).toEqual(view);
    const other = stage.app.call(createUser, ctx, aPerson());
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    const again = stage.app.call(createUser, ctx, { ...input, password: 'courgettes-and-dill' });
    expect(await again).toEqual(view);
  });

  it('gets the address of a registration that nobody has activated, of which nothing is left', async () => {
    const { owner, tenantId } = await aTenant(stage);
    const input = aRegistration();
    await stage.app.call(registerTenant, nobody(), input);
    const pending = await mailedUuid(stage.inbox, input.email);
    const add = (more = {}) =>
      stage.app.call(createUser, contextOf(owner, more), aPerson({ email: input.email }));
    await add({ dryRun: true });
    expect(await stage.em.existsBy(Tenant, { id: pending })).toBe(true);
    expect(await add()).toMatchObject({ email: input.email, tenantId });
    await eventually(async () => Object.keys(await traces(stage.em, pending, pending)).length === 0);
    const late = stage.app.call(activateTenant, nobody(), { tenantId: pending, password: input.password });
    await expect(late).rejects.toMatchObject({ code: 'activation_failed' });
    expect(await login(input.email, 'tomatoes-and-basil')).toMatchObject({ tenantId, role: 'member' });
  });

  it('is not made in a dry run', async () => {
    const { owner } = await aTenant(stage);
    const input = aPerson();
    await stage.app.call(createUser, contextOf(owner, { dryRun: true }), input);
    expect(await stage.em.existsBy(User, { email: input.email })).toBe(false);
  });

  it('has an address of its own, and nobody finds out many of others', async () => {
    const [a, b] = [await aTenant(stage), await aTenant(stage)];
    const add = (email: string) => stage.app.call(createUser, contextOf(a.owner), aPerson({ email }));
    const refused = (email: string) => add(email).catch((error: NuboError) => error.code);
    expect(await refused(b.email.toUpperCase())).toBe('email_taken');
    for (let n = 1; n < 30; n += 1) expect(await refused(b.email)).toBe('email_taken');
    expect(await refused(b.email)).toBe('too_many_attempts');
    expect(await refused(aPerson().email)).toBe('too_many_attempts');
  });
});
