import { setTimeout as pause } from 'node:timers/promises';

/** What a fake outside does instead of what it was asked. */
export type Fault = 'fail' | 'hang' | 'fail-after';

interface Injected {
  fault: Fault;
  /** Counted from the moment of injection; 1 is the next matching call. */
  at: number;
  call?: string;
  /** Not only once. */
  stays?: boolean;
}

/** Makes calls to a fake slow, fail before or after they did their work, or never end. */
export class Faults {
  /** Names of all calls so far. */
  readonly calls: string[] = [];
  latencyMs = 0;
  private injected: Injected[] = [];

  /** The `at`-th call from now (of that name, if given) goes wrong, once. `fail-after`: it is done, and its answer lost. */
  inject(fault: Fault, at = 1, call?: string): void {
    this.injected.push({ fault, at, call });
  }

  /** Every call from now on (of that name, if given) goes wrong, until {@link clear}. */
  injectAlways(fault: Fault, call?: string): void {
    this.injected.push({ fault, at: 1, call, stays: true });
  }

  clear(): void {
    this.injected = [];
    this.latencyMs = 0;
  }

  /** Runs `work` as the call `name`; a hanging one ends with `signal`. */
  async around<T>(name: string, work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    this.calls.push(name);
    if (this.latencyMs > 0) await pause(this.latencyMs);
    const fault = this.next(name);
    if (fault === 'fail') throw new Error(`${name} failed, as the test wants`);
    if (fault === 'hang') await forever(signal);
    const result = await work();
    if (fault === 'fail-after')
      throw new Error(`${name} was done, but its answer was lost, as the test wants`);
    return result;
  }

  private next(name: string): Fault | undefined {
    const matching = this.injected.filter(({ call }) => call === undefined || call === name);
    for (const each of matching) each.at -= 1;
    const due = matching.find(({ at }) => at <= 0);
    this.injected = this.injected.filter((each) => each !== due || each.stays);
    return due?.fault;
  }
}

function forever(signal?: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('given up by its caller')), { once: true });
  });
}
