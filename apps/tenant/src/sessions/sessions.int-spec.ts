import { setTimeout as sleep } from 'node:timers/promises';
import { JwtService } from '@nestjs/jwt';
import {
  createSession,
  endSessions,
  getUser,
  listUsers,
  updateUser,
  type NuboError,
  type SessionView,
  type UserView,
} from '@nubo/contracts';
import { BusConnection, Revocations } from '@nubo/messaging';
import { contextOf, eventually, someone } from '@nubo/testing';
import { asAdmin, aTenant, nobody, openStage, type Stage } from '../testing/stage';

jest.setTimeout(60_000);

/** The module itself, as the service calls it. */
const argon2 = jest.requireActual<typeof import('@node-rs/argon2')>('@node-rs/argon2');

describe('sessions', () => {
  let stage: Stage;
  let gateway: Revocations;
  beforeAll(async () => {
    stage = await openStage();
    gateway = new Revocations(stage.app.get(BusConnection));
    gateway.watch();
    await eventually(() => !gateway.isRevoked('nobody', 0));
  });
  afterAll(() => stage?.stop());

  const login = (email: string, password: string, address?: string): Promise<SessionView> =>
    stage.app.call(createSession, nobody({ address }), { email, password });
  const refused = async (email: string, password: string, address?: string): Promise<NuboError> =>
    login(email, password, address).then(
      () => Promise.reject(new Error('logged in')),
      (error: NuboError) => error,
    );
  const claims = (token: string): Promise<object> =>
    stage.app
      .get(JwtService)
      .verifyAsync(token, { publicKey: stage.publicKey, algorithms: ['ES256'], issuer: 'nubo' });
  const passwordOf = (id: string, current: string, next: string) =>
    stage.app.call(updateUser, contextOf(someone('owner', { userId: id })), {
      id,
      currentPassword: current,
      password: next,
    });

  describe('logging in', () => {
    it('gives a token that names user, tenant, role and epoch for twelve hours', async () => {
      const { email, password, userId, tenantId } = await aTenant(stage);
      const session = await login(email, password);
      const token = (await claims(session.token)) as { exp: number; iat: number };
      expect(token).toMatchObject({ sub: userId, tid: tenantId, role: 'owner', epoch: 0, iss: 'nubo' });
      expect(token).not.toHaveProperty('mcp');
      expect(token.exp - token.iat).toBe(12 * 3600);
      expect(session.expiresAt).toBe(new Date(token.exp * 1000).toISOString());
    });

    it('gives exactly twelve hours when the second turns while it signs', async () => {
      const { email, password } = await aTenant(stage);
      const jwt = stage.app.get(JwtService);
      const sign = jwt.signAsync.bind(jwt) as (claims: object, options: object) => Promise<string>;
      const signing = jest.spyOn(jwt, 'signAsync').mockImplementationOnce(async (payload, options) => {
        await sleep(1000);
        return sign(payload, options as object);
      });
      const token = (await claims((await login(email, password)).token)) as { exp: number; iat: number };
      signing.mockRestore();
      expect(token.exp - token.iat).toBe(12 * 3600);
    });

    it('does not care how the address is written', async () => {
      const { email, password, userId } = await aTenant(stage);
      expect(await login(` ${email.toUpperCase()} `, password)).toMatchObject({ userId });
    });

    it('fails alike for somebody unknown and for a wrong password', async () => {
      const { email } = await aTenant(stage);
      const errors = [await refused(email, 'wrong'), await refused('nobody@blue.test', 'wrong')];
      const [known, unknown] = errors.map((error) => error.toWire());
      expect(known).toMatchObject({ kind: 'unauthenticated', code: 'login_failed' });
      expect(known).toEqual(unknown);
    });

    it('hashes as much for somebody unknown as for a wrong password', async () => {
      const { email } = await aTenant(stage);
      const verify = jest.spyOn(argon2, 'verify');
      await refused(email, 'wrong');
      await refused('nobody@time.test', 'wrong');
      const costs = verify.mock.calls.map(([hash]) => /^.*\$m=[\d,tp=]+\$/.exec(String(hash))?.[0]);
      verify.mockRestore();
      const cost = '$argon2id$v=19$m=19456,t=2,p=1$';
      expect(costs).toEqual([cost, cost]);
    });

    it('leaves an audit row that says who, and nothing of the password', async () => {
      const { email, password, userId } = await aTenant(stage);
      await login(email, password, '192.0.2.7');
      const rows = await stage.em.query<object[]>(
        `SELECT action, address, user_id FROM audit.entries WHERE user_id = $1`,
        [userId],
      );
      expect(rows).toEqual([{ action: 'tenant.sessions.create', address: '192.0.2.7', user_id: userId }]);
    });
  });

  describe('guessing', () => {
    it('is limited per client at one address of mail, also for the right password, and says how long', async () => {
      const { email, password } = await aTenant(stage);
      for (let n = 0; n < 10; n += 1)
        expect(await refused(email, 'wrong', '192.0.2.1')).toMatchObject({ code: 'login_failed' });
      const error = await refused(email, password, '192.0.2.1');
      expect(error).toMatchObject({ kind: 'limited', code: 'too_many_attempts' });
      const { retryAfterSeconds } = error.details as { retryAfterSeconds: number };
      expect(retryAfterSeconds).toBeGreaterThan(240);
      expect(retryAfterSeconds).toBeLessThanOrEqual(300);
    });

    it('past the limit costs no hash any more', async () => {
      const { email, password } = await aTenant(stage);
      for (let n = 0; n < 10; n += 1) await refused(email, 'wrong');
      const verify = jest.spyOn(argon2, 'verify');
      for (const guess of ['wrong', password]) await refused(email, guess);
      expect(verify).not.toHaveBeenCalled();
      verify.mockRestore();
    });

    it('does not lock the owner of the address out, whoever guesses from wherever', async () => {
      const { email, password } = await aTenant(stage);
      for (let n = 0; n < 24; n += 1) await refused(email, 'wrong', `198.51.100.${n % 8}`);
      await expect(login(email, password, '192.0.2.1')).resolves.toBeDefined();
    });

    it('gets slower with every failure at one address of mail, known or not', async () => {
      const { email } = await aTenant(stage);
      for (const one of [email, 'nobody@slow.test']) {
        await stage.em.query(`INSERT INTO attempts (key) SELECT 'email:' || $1 FROM generate_series(1, 26)`, [
          one,
        ]);
        const began = performance.now();
        await refused(one, 'wrong', '192.0.2.2');
        expect(performance.now() - began).toBeGreaterThan(595);
      }
    });

    it('at the same time does not get past the limit', async () => {
      const { email, password } = await aTenant(stage);
      const guesses = await Promise.all(Array.from({ length: 25 }, () => refused(email, 'wrong')));
      const told = guesses.filter(({ code }) => code === 'login_failed');
      expect(told.length).toBeGreaterThan(0);
      // Of a slow machine's answers some come too late to be heard.
      expect(told.length).toBeLessThanOrEqual(10);
      expect(await refused(email, password)).toMatchObject({ kind: 'limited' });
    });

    it('is limited per client, whatever names it tries', async () => {
      const { email, password } = await aTenant(stage);
      for (let n = 0; n < 30; n += 1) await refused(`user${n}@blue.test`, 'wrong', '2001:db8::1');
      expect(await refused(email, password, '2001:db8::2')).toMatchObject({ kind: 'limited' });
      await expect(login(email, password, '2001:db8:1::1')).resolves.toBeDefined();
    });

    it('is forgiven after five minutes', async () => {
      const { email, password } = await aTenant(stage);
      for (let n = 0; n < 10; n += 1) await refused(email, 'wrong');
      await stage.em.query(`UPDATE attempts SET at = at - interval '5 minutes' WHERE key LIKE $1`, [
        `login:${email} %`,
      ]);
      await expect(login(email, password)).resolves.toBeDefined();
    });

    it('is forgotten when the password was right', async () => {
      const { email, password } = await aTenant(stage);
      for (let n = 0; n < 9; n += 1) await refused(email, 'wrong');
      await login(email, password);
      expect(await refused(email, 'wrong')).toMatchObject({ code: 'login_failed' });
      await expect(login(email, password)).resolves.toBeDefined();
    });
  });

  describe('ending', () => {
    it('revokes the tokens that were given, not those given later', async () => {
      const { email, password, owner, userId } = await aTenant(stage);
      expect(await stage.app.call(endSessions, contextOf(owner), {})).toEqual({});
      await eventually(() => gateway.isRevoked(userId, 0));
      const { token } = await login(email, password);
      expect(await claims(token)).toMatchObject({ epoch: 1 });
      expect(gateway.isRevoked(userId, 1)).toBe(false);
    });

    it('is harmless for somebody who is no user', async () => {
      const fixed = contextOf(someone('admin', { userId: 'god-token' }));
      expect(await stage.app.call(endSessions, fixed, {})).toEqual({});
    });
  });

  describe('changing a password', () => {
    it('revokes older tokens and takes the new password only', async () => {
      const { email, password, userId } = await aTenant(stage);
      await passwordOf(userId, password, 'courgettes-and-dill');
      await eventually(() => gateway.isRevoked(userId, 0));
      expect(await refused(email, password)).toMatchObject({ code: 'login_failed' });
      await expect(login(email, 'courgettes-and-dill')).resolves.toBeDefined();
    });

    it('needs the current one, which cannot be guessed for ever', async () => {
      const { userId, owner } = await aTenant(stage);
      const without = stage.app.call(updateUser, contextOf(owner), {
        id: userId,
        password: 'courgettes-and-dill',
      });
      await expect(without).rejects.toMatchObject({ kind: 'invalid', code: 'invalid_input' });
      const guess = () => passwordOf(userId, 'wrong', 'courgettes-and-dill');
      for (let n = 0; n < 10; n += 1)
        await expect(guess()).rejects.toMatchObject({ kind: 'forbidden', code: 'wrong_password' });
      await expect(guess()).rejects.toMatchObject({ kind: 'limited' });
    });

    it('needs the current one however the id is written', async () => {
      const { userId, owner } = await aTenant(stage);
      const input = { id: userId.toUpperCase(), password: 'courgettes-and-dill' };
      await expect(stage.app.call(updateUser, contextOf(owner), input)).rejects.toMatchObject({
        details: { fields: [{ field: 'currentPassword' }] },
      });
    });

    it('needs another one than before', async () => {
      const { userId, password } = await aTenant(stage);
      await expect(passwordOf(userId, password, password)).rejects.toMatchObject({
        code: 'invalid_input',
        details: { fields: [{ field: 'password', message: 'must differ from the one before' }] },
      });
    });

    it('twice at once succeeds once', async () => {
      const { userId, password } = await aTenant(stage);
      const results = await Promise.allSettled(
        ['courgettes-and-dill', 'onions-and-thyme'].map((next) => passwordOf(userId, password, next)),
      );
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    it('leaves no hash of it behind for an Idempotency-Key', async () => {
      const { userId, password, owner } = await aTenant(stage);
      const ctx = contextOf(owner, { idempotencyKey: 'change-it' });
      const input = { id: userId, currentPassword: password, password: 'courgettes-and-dill' };
      await stage.app.call(updateUser, ctx, input);
      expect(await stage.em.query('SELECT 1 FROM idempotency WHERE user_id = $1', [userId])).toEqual([]);
    });

    it('is open to an administrator without the current one', async () => {
      const { userId, email } = await aTenant(stage);
      await stage.app.call(updateUser, asAdmin(), { id: userId, password: 'courgettes-and-dill' });
      await expect(login(email, 'courgettes-and-dill')).resolves.toMatchObject({ mustChangePassword: false });
    });
  });

  describe('the first administrator', () => {
    it('is there from the start and must change the password', async () => {
      const session = await eventually(() => login('root', 'root'));
      expect(session).toMatchObject({ role: 'admin', tenantId: null, mustChangePassword: true });
      expect(await claims(session.token)).toMatchObject({ mcp: true, role: 'admin', tid: null });
      const who = someone('admin', { userId: session.userId, mustChangePassword: true });
      const input = { id: session.userId, currentPassword: 'root', password: 'courgettes-and-dill' };
      expect(await stage.app.call(updateUser, contextOf(who), input)).toMatchObject({
        mustChangePassword: false,
      });
      expect(await login('ROOT', 'courgettes-and-dill')).toMatchObject({ mustChangePassword: false });
    });

    it('is made once', async () => {
      const { items } = await stage.app.call(listUsers, asAdmin(), { limit: 1000 });
      expect(items.filter(({ role }: UserView) => role === 'admin')).toHaveLength(1);
    });
  });

  it('show no password or hash in any view', async () => {
    const { userId, owner } = await aTenant(stage);
    const view = await stage.app.call(getUser, contextOf(owner), { id: userId });
    expect(JSON.stringify(view)).not.toMatch(/argon2|hash/i);
  });
});
