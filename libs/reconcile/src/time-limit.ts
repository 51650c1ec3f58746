export interface Limit {
  /** What ends the work from outside. */
  parent: AbortSignal;
  /** Thrown, and the reason of the work's signal, when `parent` is aborted. */
  lost: Error;
  timeoutMs: number;
  /** The same after `timeoutMs`. */
  late: Error;
}

/**
 * The result of `work`, or `lost` or `late` as soon as its time is over, whether it listens to its signal or not. Not by
 * AbortSignal.any: Node 20 collects an AbortSignal.timeout that only `any` refers to, and it never fires.
 */
export async function withinLimit<T>(work: (signal: AbortSignal) => Promise<T>, limit: Limit): Promise<T> {
  const { parent, lost, timeoutMs, late } = limit;
  const end = new AbortController();
  const lose = (): void => end.abort(lost);
  const timer = setTimeout(() => end.abort(late), timeoutMs);
  parent.addEventListener('abort', lose, { once: true });
  try {
    return await Promise.race([work(end.signal), aborted(end.signal)]);
  } catch (error) {
    // Work that listens fails first, with an error of its own kind.
    throw end.signal.aborted ? end.signal.reason : error;
  } finally {
    clearTimeout(timer);
    parent.removeEventListener('abort', lose);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
