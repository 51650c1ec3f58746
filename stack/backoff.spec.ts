import { restartDelay } from './backoff';

describe('the delay before a restart', () => {
  it('doubles with every death in a row', () => {
    const delays = [1, 2, 3, 4].map((n) => restartDelay(n, () => 1));
    expect(delays).toEqual([100, 200, 400, 800]);
  });

  it('never exceeds ten seconds', () => {
    expect(restartDelay(50, () => 1)).toBe(10_000);
  });

  it('is at least half of its full length, so that a broken process does not spin', () => {
    expect(restartDelay(4, () => 0)).toBe(400);
  });
});
