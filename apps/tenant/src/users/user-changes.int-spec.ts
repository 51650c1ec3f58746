import {
  createSession,
  deleteUser,
  getUser,
  registerTenant,
  requestPasswordReset,
  updateUser,
  type NuboError,
  type UpdateUser,
  type UserView,
} from '@nubo/contracts';
import { BusConnection, Revocations } from '@nubo/messaging';
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

jest.setTimeout(60_000);

describe('a change of a user', () => {
  let stage: Stage;
  let gateway: Revocations;
  beforeAll(async () => {
    stage = await openStage();
    gateway = new Revocations(stage.app.get(BusConnection));
    gateway.watch();
    await eventually(() => !gateway.isRevoked('nobody', 0));
  });
  afterAll(() => stage?.stop());

  type Who = Parameters<typeof contextOf>[0];
  const update = (who: Who, id: string, input: Omit<UpdateUser, 'id'>): Promise<UserView> =>
    stage.app.call(updateUser, contextOf(who), { id, ...input });
  const refused = (who: Who, id: string, input: Omit<UpdateUser, 'id'>): Promise<string> =>
    update(who, id, input).then(
      () => 'ok',
      (error: NuboError) => error.code,
    );
  const login = (email: string, password: string) =>
    stage.app.call(createSession, nobody(), { email, password });

  it('by the user itself gives another name', async () => {
    const { owner } = await aTenant(stage);
    const { view, who } = await aMember(stage, owner);
    expect(await update(who, view.id, { name: 'amazing-grace' })).toMatchObject({ name: 'amazing-grace' });
  });

  it('is not open to another member, who does not even see the user', async () => {
    const { owner, userId } = await aTenant(stage);
    const [a, b] = [await aMember(stage, owner), await aMember(stage, owner)];
    for (const id of [b.view.id, userId]) {
      expect(await refused(a.who, id, { name: 'x' })).toBe('user_not_found');
      const remove = stage.app.call(deleteUser, contextOf(a.who), { id });
      await expect(remove).rejects.toMatchObject({ code: 'user_not_found' });
    }
    const own = stage.app.call(deleteUser, contextOf(a.who), { id: a.view.id });
    await expect(own).rejects.toMatchObject({ kind: 'forbidden' });
  });

  describe('of the role', () => {
    it('ends the sessions that name the old one', async () => {
      const { owner } = await aTenant(stage);
      const { view } = await aMember(stage, owner);
      expect(await update(owner, view.id, { role: 'owner' })).toMatchObject({ role: 'owner' });
      await eventually(() => gateway.isRevoked(view.id, 0));
      expect(await login(view.email, 'tomatoes-and-basil')).toMatchObject({ role: 'owner' });
    });

    it('upwards is not one’s own to make', async () => {
      const { owner } = await aTenant(stage);
      const { view, who } = await aMember(stage, owner);
      expect(await refused(who, view.id, { role: 'owner' })).toBe('own_role');
      expect(await refused(owner, owner.userId, { role: 'admin' })).toBe('own_role');
      expect(await refused(owner, view.id, { role: 'admin' })).toBe('admin_only');
      expect(await stage.em.findOneBy(User, { id: view.id })).toMatchObject({ role: 'member', version: 1 });
    });

    it('leaves a tenant its last owner, also when two step down at once', async () => {
      const { owner } = await aTenant(stage);
      expect(await refused(owner, owner.userId, { role: 'member' })).toBe('last_owner');
      const second = await aMember(stage, owner, { role: 'owner' });
      const outcomes = await Promise.all([
        refused(owner, second.view.id, { role: 'member' }),
        refused(second.who, owner.userId, { role: 'member' }),
      ]);
      expect(outcomes.sort()).toEqual(['last_owner', 'ok']);
    });
  });

  describe('of the e-mail', () => {
    it('needs the current password of one’s own', async () => {
      const { owner, email, password } = await aTenant(stage);
      const next = aPerson().email;
      expect(await refused(owner, owner.userId, { email: next })).toBe('invalid_input');
      expect(await refused(owner, owner.userId, { email: next, currentPassword: 'wrong' })).toBe(
        'wrong_password',
      );
      const view = await update(owner, owner.userId, { email: next, currentPassword: password });
      expect(view.email).toBe(next);
      expect(await login(next, password)).toMatchObject({ userId: owner.userId });
      await expect(login(email, password)).rejects.toMatchObject({ code: 'login_failed' });
      for (const told of [email, next])
        await eventually(() =>
          stage.inbox.of(told).some(({ subject }) => subject.includes('e-mail of your Nubo account')),
        );
    });

    it('is told to the old one, however many mails others had sent to it before', async () => {
      const { userId, email } = await aTenant(stage);
      for (let n = 0; n < 6; n += 1) await stage.app.call(requestPasswordReset, nobody(), { email });
      await update(someone('admin'), userId, { email: aPerson().email });
      await eventually(() =>
        stage.inbox.of(email).some(({ subject }) => subject.includes('e-mail of your Nubo account')),
      );
    });

    it('to one that is taken is refused, whoever asks', async () => {
      const [a, b] = [await aTenant(stage), await aTenant(stage)];
      const input = { email: b.email, currentPassword: a.password };
      expect(await refused(a.owner, a.userId, input)).toBe('email_taken');
      expect(await refused(someone('admin'), a.userId, { email: b.email })).toBe('email_taken');
    });

    it('to that of a registration which nobody has activated takes its place', async () => {
      const { owner, password } = await aTenant(stage);
      const { email, ...rest } = aRegistration();
      await stage.app.call(registerTenant, nobody(), { email, ...rest });
      const id = await mailedUuid(stage.inbox, email);
      expect(await refused(owner, owner.userId, { email, currentPassword: password })).toBe('ok');
      expect(await stage.em.existsBy(Tenant, { id })).toBe(false);
      expect(await login(email, password)).toMatchObject({ userId: owner.userId });
    });

    it('that is none needs no password', async () => {
      const { owner, email } = await aTenant(stage);
      expect(await refused(owner, owner.userId, { email })).toBe('ok');
    });
  });

  it('is none for a user who is being deleted', async () => {
    const { owner } = await aTenant(stage);
    const { view } = await aMember(stage, owner);
    await stage.em.update(User, { id: view.id }, { state: 'deleting' });
    expect(await refused(owner, view.id, { name: 'x' })).toBe('user_closing');
    expect(await stage.app.call(getUser, asAdmin(), { id: view.id })).toMatchObject({ state: 'deleting' });
  });
});
