import { log } from '@nubo/observability';

/** The lease is lost or the process stops: whatever is under way must end without another step. */
export class LeaseLost extends Error {}

/** Ends a run before a step; only the test kit throws it. */
export type StepHook = (step: string) => void | Promise<void>;

export interface RunOptions {
  kind: string;
  id: string;
  fence: number;
  attempt: number;
  signal: AbortSignal;
  beforeStep?: StepHook;
}

const STEP_TIMEOUT_MS = 45_000;

/** One run of a reconciler under a lease. Commands on hosts carry `fence`; the host refuses an older one. */
export class Run {
  constructor(private readonly options: RunOptions) {}

  get fence(): number {
    return this.options.fence;
  }

  get attempt(): number {
    return this.options.attempt;
  }

  /** Aborted when the lease is lost. */
  get signal(): AbortSignal {
    return this.options.signal;
  }

  /**
   * One small `ensure…` step: safe to repeat, ended after `timeoutMs`. An error is thrown on with the step's name in
   * front of its message.
   */
  async step<T>(
    name: string,
    work: (signal: AbortSignal) => Promise<T>,
    timeoutMs = STEP_TIMEOUT_MS,
  ): Promise<T> {
    await this.options.beforeStep?.(name);
    if (this.signal.aborted) throw new LeaseLost(`lease lost before ${name}`);
    const started = performance.now();
    const signal = AbortSignal.any([this.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      return await Promise.race([work(signal), rejectedOnAbort(signal, name, timeoutMs)]);
    } catch (error) {
      throw named(name, error);
    } finally {
      const ms = Math.round(performance.now() - started);
      log.debug({ kind: this.options.kind, resourceId: this.options.id, step: name, ms }, 'step');
    }
  }
}

/** The same error, so that its kind can still be told; its message begins with the step. */
function named(step: string, error: unknown): unknown {
  if (error instanceof Error && !(error instanceof LeaseLost) && !error.message.startsWith(step))
    error.message = `${step}: ${error.message}`;
  return error;
}

function rejectedOnAbort(signal: AbortSignal, name: string, timeoutMs: number): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => {
      const timedOut = (signal.reason as Error | undefined)?.name === 'TimeoutError';
      reject(
        timedOut
          ? new Error(`${name} took longer than ${timeoutMs / 1000} s`)
          : new LeaseLost(`lease lost during ${name}`),
      );
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}
