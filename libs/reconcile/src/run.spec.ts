import { getEventListeners } from 'node:events';
import { LeaseLost, Run, type StepHook } from './run';

function run(beforeStep?: StepHook): { run: Run; lease: AbortController } {
  const lease = new AbortController();
  const options = { kind: 'thing', id: 'a', fence: 7, attempt: 2, signal: lease.signal, beforeStep };
  return { run: new Run(options), lease };
}

const never = (): Promise<never> => new Promise(() => undefined);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a step', () => {
  it('answers what its work answers', async () => {
    expect(await run().run.step('count', async () => 3)).toBe(3);
  });

  it('throws what its work throws, and the run knows which step it was', async () => {
    const fault = Object.assign(new Error('no route'), { host: 'h1' });
    const { run: one } = run();
    await expect(one.step('reach the host', () => Promise.reject(fault))).rejects.toBe(fault);
    expect(one.reasonOf(fault)).toBe('reach the host: no route');
    expect(one.reasonOf(new Error('other'))).toBe('other');
  });

  it('throws what its work throws at once, before any promise', async () => {
    const { run: one } = run();
    const broken = (): never => {
      throw new TypeError('broken');
    };
    await expect(one.step('break', broken)).rejects.toThrow('broken');
  });

  it('is ended when it hangs, even if it does not listen', async () => {
    const { run: one } = run();
    await expect(one.step('reach the host', never, 20)).rejects.toThrow(
      'reach the host took longer than 0.02 s',
    );
  });

  it('tells its work when the time is over', async () => {
    let reason: unknown;
    const work = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(new Error('socket closed'));
        });
      });
    await expect(run().run.step('read', work, 20)).rejects.toThrow('read took longer than 0.02 s');
    expect(reason).toMatchObject({ message: 'read took longer than 0.02 s' });
  });

  it('does not begin when the lease is lost', async () => {
    const { run: one, lease } = run();
    lease.abort();
    const work = jest.fn(never);
    await expect(one.step('define', work)).rejects.toThrow(LeaseLost);
    expect(work).not.toHaveBeenCalled();
  });

  it('ends as lease lost when the lease is lost meanwhile, whatever its work makes of it', async () => {
    const { run: one, lease } = run();
    const listens = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const deaf = expect(one.step('wait', never)).rejects.toThrow(LeaseLost);
    const listening = expect(one.step('wait', listens)).rejects.toThrow(LeaseLost);
    lease.abort();
    await Promise.all([deaf, listening]);
  });

  it('that fails after its time is over disturbs nobody', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const late = async (): Promise<never> => {
      await pause(30);
      throw new Error('too late');
    };
    await expect(run().run.step('be late', late, 10)).rejects.toThrow('longer');
    await pause(60);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('leaves no timer and no listener behind', async () => {
    const { run: one, lease } = run();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (let i = 0; i < 50; i += 1) await one.step('be quick', async () => i);
    await expect(one.step('fail', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(timers()).toBe(before);
    expect(getEventListeners(lease.signal, 'abort')).toHaveLength(0);
  });

  it('can be ended before it begins by the test kit', async () => {
    const { run: one } = run((step) => {
      if (step === 'second') throw new Error('killed before second');
    });
    expect(await one.step('first', async () => 1)).toBe(1);
    await expect(one.step('second', async () => 2)).rejects.toThrow('killed before second');
  });
});

describe('a reason', () => {
  it('does not name the step twice, and is not endless', async () => {
    const { run: one } = run();
    const late = await one.step('read', never, 10).catch((error: unknown) => error);
    expect(one.reasonOf(late)).toBe('read took longer than 0.01 s');
    expect(one.reasonOf('x'.repeat(5_000))).toHaveLength(2_000);
  });
});
