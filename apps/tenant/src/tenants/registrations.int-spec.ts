/** How often one client may register, who hears of it, for how long it counts, and what the time of an answer tells. */
import { mailActivation, registerTenant, requestPasswordReset } from '@nubo/contracts';
import { Tenant, User } from '../../../../libs/entities/src/tenant';
import { aRegistration, aTenant, mailedUuid, nobody, openStage, type Stage } from '../testing/stage';
import { ANSWER_MS } from './registrations.service';
import { PENDING_MS, pendingLeftMs } from './tenants.rules';

jest.setTimeout(60_000);

/** The module itself, as the service calls it. */
const timers = jest.requireActual<typeof import('node:timers/promises')>('node:timers/promises');

describe('registrations', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());

  const register = (input: ReturnType<typeof aRegistration>, address?: string) =>
    stage.app.call(registerTenant, nobody({ address }), input);

  it('are a hundred an hour for one client, and keep no other out', async () => {
    await stage.em.query(
      `INSERT INTO attempts (key) SELECT 'registration:192.0.2.9' FROM generate_series(1, 99)`,
    );
    await register(aRegistration(), '192.0.2.9');
    const late = aRegistration();
    await expect(register(late, '192.0.2.9')).rejects.toMatchObject({ kind: 'limited' });
    expect(await stage.em.countBy(User, { email: late.email })).toBe(0);
    await expect(register(late, '192.0.2.10')).resolves.toMatchObject({ state: 'pending' });
  });

  it('reach their mailbox, however often somebody asked for mails to it that were not written', async () => {
    const input = aRegistration();
    const { email } = input;
    const ask = (op: typeof mailActivation) =>
      Promise.all(Array.from({ length: 5 }, () => stage.app.call(op, nobody(), { email })));
    await ask(mailActivation);
    await ask(requestPasswordReset);
    await register(input);
    await mailedUuid(stage.inbox, email);
    await ask(requestPasswordReset);
    await stage.app.call(mailActivation, nobody(), { email });
    await mailedUuid(stage.inbox, email, 2);
  });

  it.each([
    ['made again', (email: string) => register({ ...aRegistration(), email })],
    ['mailed again', (email: string) => stage.app.call(mailActivation, nobody(), { email })],
  ])('count for a week from when they were %s', async (_what, again) => {
    const { email, ...rest } = aRegistration();
    await register({ email, ...rest });
    const id = await mailedUuid(stage.inbox, email);
    await stage.em.query(`UPDATE tenants SET created_at = now() - interval '6 days' WHERE id = $1`, [id]);
    await again(email);
    const { createdAt } = await stage.em.findOneByOrFail(Tenant, { id });
    expect(pendingLeftMs(createdAt, Date.now())).toBeGreaterThan((6 / 7) * PENDING_MS);
  });

  it('wait the same while for a known address and for another, however slow the machine is', async () => {
    const { email } = await aTenant(stage);
    const pause = jest.spyOn(timers, 'setTimeout');
    for (const one of [email, aRegistration().email]) {
      pause.mockClear();
      await register({ ...aRegistration(), email: one });
      expect(pause.mock.calls.map(([ms]) => ms)).toContain(ANSWER_MS);
    }
    pause.mockRestore();
  });
});
