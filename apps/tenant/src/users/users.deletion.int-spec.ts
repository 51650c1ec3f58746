import {
  createSession,
  deleteUser,
  getUser,
  requestPasswordReset,
  updateUser,
  userClosing,
  type NuboError,
} from '@nubo/contracts';
import { BusConnection, Revocations } from '@nubo/messaging';
import { release, reserve } from '@nubo/quota';
import { contextOf, eventually, someone } from '@nubo/testing';
import { randomUUID } from 'node:crypto';
import { User } from '../../../../libs/entities/src/tenant';
import { aMember, aPerson, asAdmin, aTenant, nobody, openStage, type Stage } from '../testing/stage';
import { traces } from '../testing/traces';

jest.setTimeout(60_000);

describe('deleting a user', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());

  const gone = (id: string) => eventually(async () => !(await stage.em.existsBy(User, { id })));
  const hold = async (who: { tenantId: string | null; userId: string }): Promise<string> => {
    const vm = randomUUID();
    await stage.em.transaction((em) => reserve(em, who, vm, { vms: 1 }));
    return vm;
  };
  const letGo = (vm: string) => stage.em.transaction((em) => release(em, vm));
  const left = async (id: string, email: string) => {
    const found = await traces(stage.em, id, email);
    delete found['quota.user_accounts'];
    return found;
  };

  it('waits for the other services, then leaves no row', async () => {
    const { owner } = await aTenant(stage);
    const { view, who } = await aMember(stage, owner);
    const { id, email } = view;
    const vm = await hold(who);
    await stage.app.call(updateUser, contextOf(who, { idempotencyKey: 'mine' }), { id, metadata: {} });
    await stage.app.call(requestPasswordReset, nobody(), { email });
    await stage.app.call(createSession, nobody(), { email, password: 'wrong' }).catch(() => undefined);
    const ctx = contextOf(owner, { idempotencyKey: `delete-${id}` });
    expect(await stage.app.call(deleteUser, ctx, { id })).toMatchObject({ id, state: 'deleting' });
    await eventually(async () => {
      const [work]: { last_error: string | null }[] = await stage.em.query(
        `SELECT last_error FROM work WHERE kind = 'user' AND resource_id = $1`,
        [id],
      );
      return work.last_error === 'what is left of it: 1 vms';
    });
    expect(await stage.app.call(getUser, contextOf(owner), { id })).toMatchObject({ state: 'deleting' });
    await letGo(vm);
    await gone(id);
    await eventually(async () => Object.keys(await left(id, email)).length === 0);
    const look = stage.app.call(getUser, asAdmin(), { id });
    await expect(look).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('ends its sessions at once, and lets it neither in nor make anything', async () => {
    const { owner } = await aTenant(stage);
    const { view, who, password } = await aMember(stage, owner);
    const vm = await hold(who);
    const gateway = new Revocations(stage.app.get(BusConnection));
    gateway.watch();
    await eventually(() => !gateway.isRevoked(view.id, 0));
    await stage.app.call(deleteUser, contextOf(owner), { id: view.id });
    await eventually(() => gateway.isRevoked(view.id, 0));
    const login = stage.app.call(createSession, nobody(), { email: view.email, password });
    await expect(login).rejects.toMatchObject({ kind: 'forbidden', code: 'user_closing' });
    await expect(hold(who)).rejects.toMatchObject({ kind: 'conflict' });
    await expect(hold(owner)).resolves.toBeDefined();
    await letGo(vm);
    await gone(view.id);
    expect(gateway.isRevoked(view.id, 0)).toBe(true);
  });

  it('tells the other services, again and again, until they are done', async () => {
    const { owner, tenantId } = await aTenant(stage);
    const { view, who } = await aMember(stage, owner);
    const vm = await hold(who);
    const heard: unknown[] = [];
    const nats = stage.app.get(BusConnection).get();
    const closings = nats.subscribe(userClosing.subject, {
      callback: (_, message) => heard.push(message.json()),
    });
    await stage.app.call(deleteUser, contextOf(owner), { id: view.id });
    await eventually(() => heard.length >= 2);
    expect(heard[0]).toEqual({ userId: view.id, tenantId });
    closings.unsubscribe();
    await letGo(vm);
    await gone(view.id);
  });

  it('twice is the same, and against a stale version it is refused', async () => {
    const { owner } = await aTenant(stage);
    const { view, who } = await aMember(stage, owner);
    const vm = await hold(who);
    const remove = (ifMatch?: number) =>
      stage.app.call(deleteUser, contextOf(owner, { ifMatch }), { id: view.id });
    await expect(remove(7)).rejects.toMatchObject({ kind: 'precondition' });
    const once = await remove();
    expect(await remove()).toEqual(once);
    await letGo(vm);
    await gone(view.id);
  });

  it('frees its address for somebody else', async () => {
    const { owner } = await aTenant(stage);
    const { view } = await aMember(stage, owner);
    await stage.app.call(deleteUser, contextOf(owner), { id: view.id });
    await gone(view.id);
    await expect(aMember(stage, owner, aPerson({ email: view.email }))).resolves.toBeDefined();
  });

  it('leaves a tenant its last owner and the platform its last administrator', async () => {
    const { owner } = await aTenant(stage);
    const remove = (who: Parameters<typeof contextOf>[0], id: string): Promise<string> =>
      stage.app.call(deleteUser, contextOf(who), { id }).then(
        () => 'ok',
        (error: NuboError) => error.code,
      );
    expect(await remove(owner, owner.userId)).toBe('last_owner');
    expect(await remove(someone('admin'), owner.userId)).toBe('last_owner');
    const first = await eventually(() => stage.em.findOneBy(User, { role: 'admin' }));
    expect(await remove(someone('admin'), first.id)).toBe('last_admin');
    const admin = someone('admin');
    const { view } = await aMember(stage, admin, { role: 'admin' });
    expect(await remove(admin, view.id)).toBe('ok');
    await gone(view.id);
    expect(await remove(admin, first.id)).toBe('last_admin');
  });
});
