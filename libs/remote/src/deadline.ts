export interface DeadlineReasons {
  timeout(): Error;
  aborted(): Error;
}

/** A signal that fires when the time is up or when the caller's own signal does; `clear` it when the work is done. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    timeoutMs: number,
    private readonly outer: AbortSignal | undefined,
    private readonly reasons: DeadlineReasons,
  ) {
    this.timer = setTimeout(() => this.controller.abort(this.reasons.timeout()), timeoutMs);
    outer?.addEventListener('abort', this.abort);
    if (outer?.aborted) this.abort();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  clear(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.abort);
  }

  private readonly abort = (): void => this.controller.abort(this.reasons.aborted());
}

/** The outcome of `work`, or a rejection with the reason of the first signal that fires before it. */
export function unless<T>(signals: readonly AbortSignal[], work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const listeners = signals.map((signal) => ({ signal, fired: () => reject(signal.reason as Error) }));
    for (const { signal, fired } of listeners) {
      signal.addEventListener('abort', fired);
      if (signal.aborted) fired();
    }
    const done = () => listeners.forEach(({ signal, fired }) => signal.removeEventListener('abort', fired));
    work.then(resolve, reject).finally(done);
  });
}
