import { log } from '@nubo/observability';
import { withinLimit } from './time-limit';

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
const MAX_REASON = 2_000;

/** One run of a reconciler under a lease. Commands on hosts carry `fence`; the host refuses an older one. */
export class Run {
  private failure?: { step: string; error: unknown };

  constructor(private readonly options: RunOptions) {}

  get fence(): number {
    return this.options.fence;
  }

  /** How often it was tried since the transition began; the first time is 1. */
  get attempt(): number {
    return this.options.attempt;
  }

  /** Aborted when the lease is lost. */
  get signal(): AbortSignal {
    return this.options.signal;
  }

  /**
   * One small `ensure…` step: safe to repeat, ended after `timeoutMs`. Throws what `work` throws; {@link LeaseLost} when
   * the run must end, an error that names the step when its time is over.
   */
  async step<T>(
    name: string,
    work: (signal: AbortSignal) => Promise<T>,
    timeoutMs = STEP_TIMEOUT_MS,
  ): Promise<T> {
    await this.options.beforeStep?.(name);
    if (this.signal.aborted) throw new LeaseLost(`lease lost before ${name}`);
    const started = performance.now();
    const lost = new LeaseLost(`lease lost during ${name}`);
    const late = new Error(`${name} took longer than ${timeoutMs / 1000} s`);
    try {
      return await withinLimit(work, { parent: this.signal, lost, timeoutMs, late });
    } catch (error) {
      this.failure = { step: name, error };
      throw error;
    } finally {
      const ms = Math.round(performance.now() - started);
      log.debug({ kind: this.options.kind, resourceId: this.options.id, step: name, ms }, 'step');
    }
  }

  /** What a person reads when `error` ended the run: the step that failed, if one did, and what it said. */
  reasonOf(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    const step = this.failure?.error === error ? this.failure?.step : undefined;
    const named = step === undefined || message.startsWith(step) ? message : `${step}: ${message}`;
    return named.slice(0, MAX_REASON);
  }
}
