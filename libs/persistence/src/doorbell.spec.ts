import { Doorbell } from './doorbell';

const timed = async (work: () => Promise<void>): Promise<number> => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};

describe('a doorbell', () => {
  it('is answered at once, or after a while when nobody rings', async () => {
    const bell = new Doorbell();
    setTimeout(() => bell.ring(), 5);
    expect(await timed(() => bell.wait(5_000))).toBeLessThan(1_000);
    expect(await timed(() => bell.wait(30))).toBeGreaterThanOrEqual(29);
  });

  it('keeps a ring that came while nobody waited, once', async () => {
    const bell = new Doorbell();
    bell.ring();
    bell.ring();
    expect(await timed(() => bell.wait(5_000))).toBeLessThan(1_000);
    expect(await timed(() => bell.wait(30))).toBeGreaterThanOrEqual(29);
  });

  it('leaves no timer behind when it is answered', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const bell = new Doorbell();
    const waiting = bell.wait(60_000);
    bell.ring();
    await waiting;
    expect(timers()).toBe(before);
  });
});
