import type { RouterView } from '@nubo/contracts';
import type { KnownDistribution } from '../distributions/distributions.store';
import { Looks } from './looks.store';

const router = { hostId: 'gw', namespace: 'nr-1' } as RouterView;
const known = (...ids: string[]) =>
  ({ row: { id: 'd' }, instances: ids.map((id) => ({ id })) }) as KnownDistribution;

describe('what was seen last of a distribution', () => {
  let looks: Looks;
  let now: number;

  beforeEach(() => {
    now = 1_000_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    looks = new Looks();
    looks.note(known('a', 'b'), router);
  });
  afterEach(() => jest.restoreAllMocks());

  it('is recent for a while, and still the way to it after that', () => {
    now += 9_999;
    expect(looks.seen(known('b', 'a'))).toEqual({ router, isRecent: true });
    now += 1;
    expect(looks.seen(known('a', 'b'))).toEqual({ router, isRecent: false });
  });

  it('is not recent any more when instances have come or gone', () => {
    expect(looks.seen(known('a', 'b', 'c'))?.isRecent).toBe(false);
    expect(looks.seen(known('a'))?.isRecent).toBe(false);
  });

  it('is nothing before, and when it is gone', () => {
    looks.forget('d');
    expect(looks.seen(known('a', 'b'))).toBeUndefined();
    expect(looks.dueIn('d', 15_000)).toBe(0);
  });

  it('does not put off the next look, however often something changes', () => {
    now += 6_000;
    expect(looks.dueIn('d', 15_000)).toBe(9_000);
    now += 20_000;
    expect(looks.dueIn('d', 15_000)).toBe(0);
  });
});
