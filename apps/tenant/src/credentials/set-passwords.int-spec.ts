/** How often passwords may be set: hashing one is dear. */
import {
  completePasswordReset,
  createUser,
  deleteUser,
  requestPasswordReset,
  updateUser,
  type NuboError,
  type Principal,
} from '@nubo/contracts';
import { contextOf, eventually, someone } from '@nubo/testing';
import { User } from '../../../../libs/entities/src/tenant';
import { aMember, aPerson, aTenant, nobody, openStage, type Stage } from '../testing/stage';
import { LIMITS, type LimitName } from './attempts.rules';
import { PasswordsService } from './passwords.service';

jest.setTimeout(60_000);

describe('passwords', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());
  afterEach(() => jest.restoreAllMocks());

  /** As if all but `left` had been set just now. */
  const use = (limit: LimitName, of: string, left: number): Promise<unknown> =>
    stage.em.query(`INSERT INTO attempts (key) SELECT $1 FROM generate_series(1, $2::int)`, [
      `${limit}:${of}`,
      LIMITS[limit].max - left,
    ]);
  const outcome = (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'done',
      (error: NuboError) => error.code,
    );
  const add = (who: Principal, tenantId?: string) =>
    stage.app.call(createUser, contextOf(who), aPerson({ tenantId }));
  const change = (who: Principal, id: string, more: object = { password: 'courgettes-and-dill' }) =>
    stage.app.call(updateUser, contextOf(who), { id, ...more });
  const hashes = (): jest.SpyInstance => jest.spyOn(stage.app.get(PasswordsService), 'hash');

  it('of people who are added are not more than a hundred an hour in a tenant', async () => {
    const [a, b] = [await aTenant(stage), await aTenant(stage)];
    await use('passwords', a.tenantId, 2);
    expect(await outcome(add(a.owner))).toBe('done');
    expect(await outcome(add(someone('owner', { tenantId: a.tenantId })))).toBe('done');
    const hashed = hashes();
    const { kind, code, details } = (await add(a.owner).then(
      () => new TypeError('added'),
      (error: NuboError) => error,
    )) as NuboError;
    expect([kind, code]).toEqual(['limited', 'too_many_attempts']);
    const { retryAfterSeconds } = details as { retryAfterSeconds: number };
    expect(retryAfterSeconds).toBeGreaterThan(3_000);
    expect(retryAfterSeconds).toBeLessThanOrEqual(3_600);
    expect(hashed).not.toHaveBeenCalled();
    expect(await outcome(add(b.owner))).toBe('done');
    expect(await outcome(add(someone('admin'), a.tenantId))).toBe('done');
  });

  it('are counted for nobody who may not add people at all', async () => {
    const { owner, tenantId } = await aTenant(stage);
    const { who } = await aMember(stage, owner);
    await use('passwords', tenantId, 2);
    expect(await outcome(add(who))).toBe('owner_only');
    expect(await outcome(add(owner))).toBe('done');
    expect(await outcome(add(owner))).toBe('too_many_attempts');
  });

  it.each<[string, LimitName]>([
    ['one user', 'password'],
    ['all in a tenant', 'passwords'],
  ])('of %s are changed so often and no more, whoever does it', async (_, limit) => {
    const { owner, tenantId } = await aTenant(stage);
    const { who, password } = await aMember(stage, owner);
    await use(limit, limit === 'password' ? who.userId : tenantId, limit === 'password' ? 1 : 0);
    if (limit === 'password') expect(await outcome(change(owner, who.userId))).toBe('done');
    const hashed = hashes();
    expect(await outcome(change(owner, who.userId))).toBe('too_many_attempts');
    const own = { password: 'leeks-and-thyme', currentPassword: password };
    expect(await outcome(change(who, who.userId, own))).toBe('too_many_attempts');
    const address = { email: aPerson().email, currentPassword: password };
    expect(await outcome(change(who, who.userId, address))).toBe('too_many_attempts');
    expect(hashed).not.toHaveBeenCalled();
    expect(await outcome(change(who, who.userId, { metadata: { desk: '7' } }))).toBe('done');
  });

  it('are set with a code no more often, and keep the code that was refused', async () => {
    const { email, userId } = await aTenant(stage);
    await stage.app.call(requestPasswordReset, nobody(), { email });
    const [resetId = '', code = ''] = await eventually(() => {
      const text = stage.inbox.of(email).at(-1)?.text ?? '';
      return /password-resets\/([0-9a-f-]{36})\/completion[\s\S]*"code":"([\w-]+)"/.exec(text)?.slice(1);
    });
    const complete = () =>
      stage.app.call(completePasswordReset, nobody(), { resetId, code, password: 'courgettes-and-dill' });
    await use('password', userId, 0);
    const hashed = hashes();
    expect(await outcome(complete())).toBe('too_many_attempts');
    expect(hashed).not.toHaveBeenCalled();
    await stage.em.query('DELETE FROM attempts WHERE key = $1', [`password:${userId}`]);
    expect(await outcome(complete())).toBe('done');
  });

  it('are counted for no user who is gone', async () => {
    const { owner } = await aTenant(stage);
    const { view } = await aMember(stage, owner);
    await change(owner, view.id);
    await stage.app.call(deleteUser, contextOf(owner), { id: view.id });
    await eventually(async () => !(await stage.em.existsBy(User, { id: view.id })));
    expect(await stage.em.query('SELECT 1 FROM attempts WHERE key = $1', [`password:${view.id}`])).toEqual(
      [],
    );
  });
});
