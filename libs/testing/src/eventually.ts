import { setTimeout as pause } from 'node:timers/promises';

type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>;

/**
 * Asks again until `look` answers something true or no longer throws; after `withinMs` its last error is thrown. Without
 * `everyMs` it asks the less often the longer it has waited: what tests wait for needs the processor.
 */
export async function eventually<T>(
  look: () => Promise<T> | T,
  { withinMs = 30_000, everyMs }: { withinMs?: number; everyMs?: number } = {},
): Promise<Truthy<T>> {
  const began = performance.now();
  const end = began + withinMs;
  for (;;) {
    const last = await attempt(look);
    if ('value' in last && last.value) return last.value as Truthy<T>;
    if (performance.now() > end) throw failure(last, withinMs);
    await pause(everyMs ?? pauseAfter(performance.now() - began));
  }
}

const pauseAfter = (waitedMs: number): number => Math.min(Math.max(waitedMs / 10, 10), 100);

type Attempt<T> = { value: T } | { error: unknown };

async function attempt<T>(look: () => Promise<T> | T): Promise<Attempt<T>> {
  try {
    return { value: await look() };
  } catch (error) {
    return { error };
  }
}

function failure(last: Attempt<unknown>, withinMs: number): unknown {
  if ('error' in last) return last.error;
  return new Error(`not true within ${withinMs} ms; last seen: ${JSON.stringify(last.value)}`);
}
