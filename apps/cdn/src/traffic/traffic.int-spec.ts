import { randomUUID } from 'node:crypto';
import { createDistribution, readTraffic, type Principal } from '@nubo/contracts';
import { contextOf } from '@nubo/testing';
import { CdnTraffic } from '../../../../libs/entities/src/cdn';
import { CdnWorld } from '../testing/cdn-world';

jest.setTimeout(60_000);

const ORIGIN = { locations: ['loc1'], subnet: '190.0.0.0/24', origin: 'http://origin.example' };
const MINUTE_MS = 60_000;
/** Less than a day: none of them gets too old meanwhile. */
const MINUTES = 1_400;
const INSTANCES = Array.from({ length: 12 }, () => randomUUID());

describe('what edges answered', () => {
  let world: CdnWorld;
  let owner: Principal;
  let id: string;

  beforeAll(async () => {
    world = await CdnWorld.open({ idle: true });
    owner = await world.owner();
    id = (await world.app.call(createDistribution, contextOf(owner), ORIGIN)).id;
    const now = Math.floor(Date.now() / MINUTE_MS);
    const counts = { requests: '3', bytes: '9007199254740', hits: '2', errors: '1' };
    for (const instanceId of INSTANCES)
      await world.em.insert(
        CdnTraffic,
        Array.from({ length: MINUTES }, (_, n) => {
          const minute = new Date((now - n) * MINUTE_MS);
          return { instanceId, minute, distributionId: id, location: 'loc1', ...counts };
        }),
      );
  });
  afterAll(() => world?.stop());

  it('is told minute by minute while there is little', async () => {
    const { stepMinutes, minutes } = await world.app.call(readTraffic, contextOf(owner), { id, minutes: 5 });
    expect(stepMinutes).toBe(1);
    expect(minutes.length).toBeGreaterThanOrEqual(4 * INSTANCES.length);
    for (const each of minutes)
      expect(each).toMatchObject({ requests: 3, bytes: 9_007_199_254_740, hits: 2, errors: 1 });
  });

  it('is summed when one message would not hold a day of many instances, and nothing is lost', async () => {
    const { stepMinutes, minutes } = await world.app.call(readTraffic, contextOf(owner), {
      id,
      minutes: 1440,
    });
    expect(stepMinutes).toBe(5);
    expect(minutes.reduce((sum, { requests }) => sum + requests, 0)).toBe(3 * MINUTES * INSTANCES.length);
    expect(minutes.every(({ minute }) => new Date(minute).getUTCMinutes() % 5 === 0)).toBe(true);
    expect(minutes.map(({ minute }) => minute)).toEqual(minutes.map(({ minute }) => minute).sort());
  });
});
