import type { NuboError } from '@nubo/contracts';
import { Database } from '@nubo/persistence';
import { type Stage, nobody, openStage } from '../testing/stage';
import { AttemptsService, countIfAllowed } from './attempts.service';
import { type Counted } from './attempts.rules';

jest.setTimeout(60_000);

describe('attempts', () => {
  let stage: Stage;
  let attempts: AttemptsService;
  beforeAll(async () => {
    stage = await openStage();
    attempts = stage.app.get(AttemptsService);
  });
  afterAll(() => stage?.stop());

  const counted = (of: string): Counted[] => [{ limit: 'tenant', of }];

  it('that come at the same time are counted one after the other', async () => {
    const many = Array.from({ length: 40 }, () => attempts.count(nobody(), counted('a')));
    const results = await Promise.allSettled(many);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('of one do not count for another', async () => {
    for (let n = 0; n < 10; n += 1) await attempts.count(nobody(), counted('b'));
    await expect(attempts.assertAllowed(counted('b'))).rejects.toMatchObject({ kind: 'limited' });
    await expect(attempts.assertAllowed(counted('c'))).resolves.toBeUndefined();
  });

  it('are allowed again as soon as the oldest is out of the window', async () => {
    for (let n = 0; n < 10; n += 1) await attempts.count(nobody(), counted('d'));
    await stage.em.query(`UPDATE attempts SET at = at - interval '290 seconds' WHERE key = 'tenant:d'`);
    const error = await attempts.assertAllowed(counted('d')).catch((e: NuboError) => e);
    const { retryAfterSeconds } = (error as NuboError).details as { retryAfterSeconds: number };
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(10);
    await stage.em.query(`UPDATE attempts SET at = at - interval '11 seconds' WHERE key = 'tenant:d'`);
    await attempts.assertAllowed(counted('d'));
  });

  it('older than every window are forgotten', async () => {
    await attempts.count(nobody(), counted('e'));
    await stage.em.query(`UPDATE attempts SET at = at - interval '61 minutes' WHERE key = 'tenant:e'`);
    await attempts.count(nobody(), counted('f'));
    expect(await stage.em.query(`SELECT 1 FROM attempts WHERE key = 'tenant:e'`)).toEqual([]);
  });

  it('in a transaction that is rolled back do not count', async () => {
    const roll = stage.app.get(Database).manager.transaction(async (em) => {
      await countIfAllowed(em, { limit: 'mail', of: 'g' });
      throw new TypeError('rolled back');
    });
    await expect(roll).rejects.toThrow('rolled back');
    expect(await stage.em.query(`SELECT 1 FROM attempts WHERE key = 'mail:g'`)).toEqual([]);
  });
});
