import {
  createSession,
  createUser,
  deleteUser,
  getUser,
  listAudit,
  noteRefusal,
  updateTenant,
  updateUser,
  type AuditView,
  type ListInput,
  type Principal,
} from '@nubo/contracts';
import { Database } from '@nubo/persistence';
import { contextOf, someone } from '@nubo/testing';
import { randomUUID } from 'node:crypto';
import { aMember, aPerson, asAdmin, aTenant, nobody, openStage, type Stage } from '../testing/stage';
import { UpkeepService } from '../upkeep/upkeep.service';

jest.setTimeout(60_000);

describe('the audit', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());

  const list = (who: Principal, input: ListInput = {}) => stage.app.call(listAudit, contextOf(who), input);
  const entries = async (who: Principal, query = ''): Promise<AuditView[]> =>
    (await list(who, { limit: 1000, query })).items;
  const ignored = (call: Promise<unknown>) => call.catch(() => undefined);

  it('says who did what, from where, and that it was done', async () => {
    const { owner, tenantId } = await aTenant(stage);
    const ctx = contextOf(owner, { address: '192.0.2.7' });
    const { id } = await stage.app.call(createUser, ctx, aPerson());
    const [entry] = await entries(owner, 'action=tenant.users.create');
    expect(entry).toMatchObject({
      userId: owner.userId,
      tenantId,
      role: 'owner',
      address: '192.0.2.7',
      requestId: ctx.requestId,
      resourceId: id,
      result: 'done',
      code: null,
    });
  });

  it('says what was refused, and why, though its transaction is rolled back', async () => {
    const { owner, userId } = await aTenant(stage);
    const { who, view } = await aMember(stage, owner);
    const others = randomUUID();
    await ignored(stage.app.call(createUser, contextOf(who), aPerson()));
    await ignored(stage.app.call(updateUser, contextOf(who), { id: view.id, role: 'owner' }));
    await ignored(stage.app.call(deleteUser, contextOf(who), { id: others }));
    await ignored(stage.app.call(deleteUser, contextOf(owner), { id: userId }));
    const seen = (await entries(owner, 'result=refused')).map((one) => [
      one.action,
      one.code,
      one.resourceId,
    ]);
    expect(seen).toEqual([
      ['tenant.users.delete', 'last_owner', userId],
      ['tenant.users.delete', 'user_not_found', others],
      ['tenant.users.update', 'own_role', view.id],
      ['tenant.users.create', 'owner_only', null],
    ]);
  });

  it('shows the owner of a tenant who failed to log in as one of its users', async () => {
    const { owner, email, userId } = await aTenant(stage);
    const login = (address: string) =>
      ignored(stage.app.call(createSession, nobody({ address }), { email, password: 'wrong' }));
    await login('198.51.100.1');
    const failed = await entries(owner, 'code=login_failed');
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ userId: null, resourceId: userId, address: '198.51.100.1' });
    expect(JSON.stringify(failed)).not.toContain(email);
  });

  it('does not note what was only looked at, tried or malformed', async () => {
    const { owner } = await aTenant(stage);
    await ignored(stage.app.call(getUser, contextOf(owner), { id: randomUUID() }));
    await ignored(stage.app.call(deleteUser, contextOf(owner, { dryRun: true }), { id: randomUUID() }));
    await ignored(stage.app.call(deleteUser, contextOf(owner), { id: 'x' }));
    expect(await entries(owner, 'result=refused')).toEqual([]);
  });

  it('cannot be flooded with refusals', async () => {
    const { owner } = await aTenant(stage);
    const ask = () => ignored(stage.app.call(deleteUser, contextOf(owner), { id: randomUUID() }));
    for (let n = 0; n < 50; n += 1) await ask();
    expect((await entries(owner, 'result=refused')).length).toBeLessThanOrEqual(30);
  });

  it('keeps what a gateway has refused, for those who see what its caller does', async () => {
    const { owner, tenantId } = await aTenant(stage);
    const { who } = await aMember(stage, owner);
    const ctx = contextOf(who, { address: '192.0.2.9' });
    const refused = { action: 'compute.hosts.delete', code: 'admin_only', resourceId: randomUUID() };
    await stage.app.call(noteRefusal, ctx, refused);
    const entry = { ...refused, userId: who.userId, tenantId, role: 'member', result: 'refused' };
    for (const reader of [owner, who, someone('admin')])
      expect(await entries(reader, `requestId=${ctx.requestId}`)).toMatchObject([
        { ...entry, address: '192.0.2.9' },
      ]);
    expect(await entries((await aTenant(stage)).owner, `requestId=${ctx.requestId}`)).toEqual([]);
  });

  it('cannot be flooded through gateways, and keeps nothing else for that', async () => {
    const { owner } = await aTenant(stage);
    const refused = { action: 'compute.hosts.delete', code: 'session_invalid' };
    const note = () => stage.app.call(noteRefusal, nobody({ address: '198.51.100.77' }), refused);
    for (let n = 0; n < 50; n += 1) await note();
    expect(await entries(someone('admin'), 'address=198.51.100.77')).toHaveLength(30);
    await ignored(stage.app.call(deleteUser, contextOf(owner), { id: randomUUID() }));
    expect(await entries(owner, 'result=refused')).toHaveLength(1);
  });

  it('shows an owner the tenant’s, a member its own, an administrator all', async () => {
    const [a, b] = [await aTenant(stage), await aTenant(stage)];
    const { who, view } = await aMember(stage, a.owner);
    await stage.app.call(updateUser, contextOf(who), { id: view.id, name: 'grace' });
    await stage.app.call(updateTenant, contextOf(b.owner), { id: b.tenantId, name: 'green' });
    const tenants = (seen: AuditView[]) => new Set(seen.map(({ tenantId }) => tenantId));
    const users = (seen: AuditView[]) => new Set(seen.map(({ userId }) => userId));
    expect(tenants(await entries(a.owner))).toEqual(new Set([a.tenantId]));
    expect(users(await entries(a.owner))).toEqual(new Set([a.userId, who.userId]));
    expect(users(await entries(who))).toEqual(new Set([who.userId]));
    const all = tenants(await entries(someone('admin')));
    expect(all).toContain(a.tenantId);
    expect(all).toContain(b.tenantId);
    const elsewhere = { ...who, tenantId: b.tenantId };
    expect(await entries(elsewhere)).toEqual([]);
    expect(await entries(a.owner, `tenantId=${b.tenantId}`)).toEqual([]);
  });

  it('comes newest first, page by page, while more is written', async () => {
    const { owner, userId: id } = await aTenant(stage);
    const change = () => stage.app.call(updateUser, contextOf(owner), { id, metadata: {} });
    for (let n = 0; n < 5; n += 1) await change();
    const query = 'action=tenant.users.update';
    const seen: AuditView[] = [];
    let after: string | undefined;
    do {
      const page = await list(owner, { limit: 2, after, query });
      seen.push(...page.items);
      after = page.next;
      await change();
    } while (after);
    expect(seen).toHaveLength(5);
    const numbers = seen.map((entry) => Number(entry.id));
    expect(numbers).toEqual(numbers.toSorted((x, y) => y - x));
    const since = await entries(owner, `${query} at>=${seen[0].at}`);
    expect(since.length).toBeGreaterThanOrEqual(3);
  });

  it('refuses a cursor that is none of its own', async () => {
    for (const cursor of ['x', randomUUID(), Buffer.from('1; drop').toString('base64url')])
      await expect(list(someone('admin'), { after: cursor })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('is forgotten after a year', async () => {
    const { owner, userId: id } = await aTenant(stage);
    await stage.app.call(updateUser, contextOf(owner), { id, metadata: {} });
    await stage.app.call(updateUser, asAdmin(), { id, metadata: {} });
    const { manager } = stage.app.get(Database);
    await manager.query(`UPDATE audit.entries SET at = now() - interval '366 days' WHERE user_id = $1`, [id]);
    await stage.app.get(UpkeepService).look();
    expect(await entries(owner, `userId=${id}`)).toEqual([]);
    const admins = (await entries(someone('admin'))).filter(({ resourceId }) => resourceId === id);
    expect(admins).not.toEqual([]);
  });
});
