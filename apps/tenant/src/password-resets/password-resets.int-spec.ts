import {
  completePasswordReset,
  createSession,
  registerTenant,
  requestPasswordReset,
  updateUser,
  type NuboError,
} from '@nubo/contracts';
import { BusConnection, Revocations } from '@nubo/messaging';
import { contextOf, eventually, someone } from '@nubo/testing';
import { PasswordReset, User } from '../../../../libs/entities/src/tenant';
import { MAIL_ANSWER_MS } from '../mails/mail-requests.service';
import {
  aMember,
  aPerson,
  aRegistration,
  asAdmin,
  aTenant,
  nobody,
  openStage,
  type Stage,
} from '../testing/stage';

jest.setTimeout(60_000);

const NEW = 'courgettes-and-dill';
const SUBJECT = 'A new password for your Nubo account';

describe('a password reset', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());

  const ask = (email: string, address?: string) =>
    stage.app.call(requestPasswordReset, nobody({ address }), { email });
  const mailsTo = (email: string) => stage.inbox.of(email).filter(({ subject }) => subject === SUBJECT);
  /** What the latest mail to `email` holds, once there are `count`. */
  const mailed = (email: string, count = 1): Promise<{ resetId: string; code: string }> =>
    eventually(() => {
      const text = mailsTo(email)[count - 1]?.text ?? '';
      const [, resetId, code] =
        /password-resets\/([0-9a-f-]{36})\/completion[\s\S]*"code":"([\w-]+)"/.exec(text) ?? [];
      return resetId && code ? { resetId, code } : undefined;
    });
  const complete = (from: { resetId: string; code: string }, password = NEW, address?: string) =>
    stage.app.call(completePasswordReset, nobody({ address }), { ...from, password });
  const outcome = (from: { resetId: string; code: string }, password = NEW): Promise<string> =>
    complete(from, password).then(
      () => 'ok',
      (error: NuboError) => error.code,
    );
  const login = (email: string, password: string) =>
    stage.app.call(createSession, nobody(), { email, password });

  it('sets the password, once, and ends all sessions', async () => {
    const { email, password, userId } = await aTenant(stage);
    const gateway = new Revocations(stage.app.get(BusConnection));
    gateway.watch();
    await eventually(() => !gateway.isRevoked(userId, 0));
    await ask(` ${email.toUpperCase()} `);
    const code = await mailed(email);
    expect(await complete(code)).toEqual({});
    await eventually(() => gateway.isRevoked(userId, 0));
    await expect(login(email, password)).rejects.toMatchObject({ code: 'login_failed' });
    expect(await login(email, NEW)).toMatchObject({ userId });
    expect(await outcome(code, 'onions-and-thyme')).toBe('reset_failed');
    expect(await stage.em.countBy(PasswordReset, { userId })).toBe(0);
  });

  it('at the same time with one code succeeds once', async () => {
    const { email } = await aTenant(stage);
    await ask(email);
    const code = await mailed(email);
    const outcomes = await Promise.all(['a', 'b', 'c'].map((end) => outcome(code, `${NEW}-${end}`)));
    expect(outcomes.sort()).toEqual(['ok', 'reset_failed', 'reset_failed']);
  });

  it('clears what had to be changed first, and lets in whoever was guessed out', async () => {
    const { view } = await aMember(stage, someone('admin'), { role: 'admin' });
    const { id, email } = view;
    await stage.em.update(User, { id }, { mustChangePassword: true });
    for (let n = 0; n < 10; n += 1) await login(email, 'wrong').catch(() => undefined);
    await expect(login(email, 'wrong')).rejects.toMatchObject({ kind: 'limited' });
    await ask(email);
    await complete(await mailed(email));
    expect(await login(email, NEW)).toMatchObject({ mustChangePassword: false });
  });

  it('is kept as a hash only', async () => {
    const { email, userId } = await aTenant(stage);
    await ask(email);
    const { code } = await mailed(email);
    const kept = await stage.em.findOneByOrFail(PasswordReset, { userId });
    expect(JSON.stringify(kept)).not.toContain(code);
    await eventually(async () => {
      const [{ n }] = await stage.em.query<{ n: number }[]>(
        'SELECT count(*)::int AS n FROM mails WHERE strpos(text, $1) > 0',
        [code],
      );
      return n === 0;
    });
  });

  it('is refused alike with a wrong code, an unknown id and after an hour', async () => {
    const { email, userId } = await aTenant(stage);
    await ask(email);
    const { resetId, code } = await mailed(email);
    const unknown = { resetId: someone().userId, code };
    const errors = [{ resetId, code: `${code.slice(1)}x` }, unknown].map((one) =>
      complete(one).catch((error: NuboError) => error.toWire()),
    );
    const [wrong, none] = await Promise.all(errors);
    expect(wrong).toMatchObject({ kind: 'unprocessable', code: 'reset_failed' });
    expect(wrong).toEqual(none);
    await stage.em.update(PasswordReset, { userId }, { expiresAt: new Date(Date.now() - 1) });
    expect(await complete({ resetId, code }).catch((error: NuboError) => error.toWire())).toEqual(none);
  });

  it('is void once the password or the address is another one', async () => {
    const [a, b] = [await aTenant(stage), await aTenant(stage)];
    await Promise.all([ask(a.email), ask(b.email)]);
    const [first, second] = [await mailed(a.email), await mailed(b.email)];
    await stage.app.call(updateUser, asAdmin(), { id: a.userId, password: NEW });
    await stage.app.call(updateUser, asAdmin(), { id: b.userId, email: aPerson().email });
    expect([await outcome(first), await outcome(second)]).toEqual(['reset_failed', 'reset_failed']);
  });

  it('is asked for with the same answer after the same while, whoever the address belongs to', async () => {
    const { email } = await aTenant(stage);
    const pending = aRegistration();
    await stage.app.call(registerTenant, nobody(), pending);
    const answers: object[] = [];
    for (const one of [email, pending.email, aPerson().email]) {
      const began = performance.now();
      answers.push({ ...(await ask(one)), email: '' });
      expect(performance.now() - began).toBeGreaterThan(MAIL_ANSWER_MS - 5);
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    await mailed(email);
    expect(mailsTo(pending.email)).toEqual([]);
  });

  it('does not fill a mailbox, and says nothing about it', async () => {
    const { view } = await aMember(stage, (await aTenant(stage)).owner);
    const answers = [];
    for (let n = 0; n < 8; n += 1) answers.push(await ask(view.email));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    await eventually(() => mailsTo(view.email).length === 4);
    expect(await stage.em.countBy(PasswordReset, { userId: view.id })).toBe(4);
  });

  it('does not fill a mailbox when it is asked for often at once', async () => {
    const { view } = await aMember(stage, (await aTenant(stage)).owner);
    await Promise.all(Array.from({ length: 12 }, () => ask(view.email)));
    expect(await stage.em.countBy(PasswordReset, { userId: view.id })).toBe(4);
  });

  it('is limited per client, for any address', async () => {
    const address = '192.0.2.77';
    for (let n = 0; n < 3; n += 1)
      await Promise.all(Array.from({ length: 10 }, () => ask(aPerson().email, address)));
    await expect(ask(aPerson().email, address)).rejects.toMatchObject({ kind: 'limited' });
    await expect(ask(aPerson().email, '192.0.2.78')).resolves.toBeDefined();
  });

  it('cannot be guessed for ever by one client', async () => {
    const guess = (address: string) => complete({ resetId: someone().userId, code: 'x' }, NEW, address);
    for (let n = 0; n < 30; n += 1)
      await expect(guess('192.0.2.79')).rejects.toMatchObject({ code: 'reset_failed' });
    await expect(guess('192.0.2.79')).rejects.toMatchObject({ kind: 'limited' });
    await expect(guess('192.0.2.80')).rejects.toMatchObject({ code: 'reset_failed' });
  });

  it('tells the log of actions who did it', async () => {
    const { email, userId, tenantId } = await aTenant(stage);
    await ask(email);
    await complete(await mailed(email));
    const rows = await stage.em.query<object[]>(
      `SELECT user_id, tenant_id FROM audit.entries WHERE action = 'tenant.passwordResets.complete' AND user_id = $1`,
      [userId],
    );
    expect(rows).toEqual([{ user_id: userId, tenant_id: tenantId }]);
    expect(await stage.app.call(requestPasswordReset, contextOf(null), { email })).toBeDefined();
  });
});
