import { setTimeout as pause } from 'node:timers/promises';

type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>;

/** Asks again until `look` answers something true or no longer throws; after `withinMs` its last error is thrown. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  { withinMs = 30_000, everyMs = 25 }: { withinMs?: number; everyMs?: number } = {},
): Promise<Truthy<T>> {
  const end = performance.now() + withinMs;
  for (;;) {
    const last = await attempt(look);
    if ('value' in last && last.value) return last.value as Truthy<T>;
    if (performance.now() > end) throw failure(last, withinMs);
    await pause(everyMs);
  }
}

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
