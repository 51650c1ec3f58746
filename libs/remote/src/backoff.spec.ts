import { Backoff } from './backoff';

describe('the wait after failures', () => {
  let now = 0;
  const backoff = (random: number) =>
    new Backoff(
      { minMs: 100, maxMs: 1_000 },
      () => now,
      () => random,
    );

  beforeEach(() => (now = 0));

  it('doubles up to its limit', () => {
    const waits = backoff(1);
    const seen = [1, 2, 3, 4, 5, 6].map(() => {
      waits.failed();
      return waits.remainingMs;
    });
    expect(seen).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('is at least half of its span, so that a whole fleet does not come back at once', () => {
    const waits = backoff(0);
    waits.failed();
    expect(waits.remainingMs).toBe(50);
  });

  it('is over when its time has passed, or after a success', () => {
    const waits = backoff(1);
    waits.failed();
    now = 100;
    expect(waits.remainingMs).toBe(0);
    waits.failed();
    waits.reset();
    expect(waits.remainingMs).toBe(0);
    waits.failed();
    expect(waits.remainingMs).toBe(100);
  });
});
