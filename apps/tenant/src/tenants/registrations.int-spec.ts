/** How often one client may register, and what the time of an answer tells. */
import { registerTenant } from '@nubo/contracts';
import { User } from '../../../../libs/entities/src/tenant';
import { aRegistration, aTenant, nobody, openStage, type Stage } from '../testing/stage';
import { ANSWER_MS } from './registrations.service';

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
