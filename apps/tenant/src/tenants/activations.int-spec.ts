import { randomUUID } from 'node:crypto';
import { activateTenant, registerTenant, type NuboError } from '@nubo/contracts';
import { aRegistration, mailedUuid, nobody, openStage, type Stage } from '../testing/stage';

jest.setTimeout(60_000);

describe('activating a tenant', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.stop());

  it('fails alike for a wrong UUID and for a wrong password', async () => {
    const input = aRegistration();
    await stage.app.call(registerTenant, nobody(), input);
    const tenantId = await mailedUuid(stage.inbox, input.email);
    const tries = [
      { tenantId: randomUUID(), password: input.password },
      { tenantId, password: 'wrong' },
    ];
    const errors = await Promise.all(
      tries.map((one) => stage.app.call(activateTenant, nobody(), one).catch((e: NuboError) => e)),
    );
    const [first, second] = errors.map((error) => (error as NuboError).toWire());
    expect(first).toMatchObject({ kind: 'unprocessable', code: 'activation_failed' });
    expect(first).toEqual(second);
  });

  it('cannot be tried for ever', async () => {
    const tenantId = randomUUID();
    const attempt = () => stage.app.call(activateTenant, nobody(), { tenantId, password: 'wrong' });
    for (let n = 0; n < 10; n += 1) await expect(attempt()).rejects.toMatchObject({ kind: 'unprocessable' });
    await expect(attempt()).rejects.toMatchObject({ kind: 'limited' });
  });

  it('cannot be tried for ever by one client, however many tenants it names', async () => {
    const attempt = (address: string) => {
      const input = { tenantId: randomUUID(), password: 'wrong' };
      return stage.app.call(activateTenant, nobody({ address }), input);
    };
    for (let n = 0; n < 30; n += 1)
      await expect(attempt('192.0.2.77')).rejects.toMatchObject({ kind: 'unprocessable' });
    await expect(attempt('192.0.2.77')).rejects.toMatchObject({ kind: 'limited' });
    await expect(attempt('192.0.2.78')).rejects.toMatchObject({ kind: 'unprocessable' });
  });
});
