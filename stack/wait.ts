import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly everyMs?: number;
}

/** Asks until the answer is undefined (nothing left to wait for). Returns the last answer when time is up. */
export async function waitWhile(
  ask: () => Promise<string | undefined> | string | undefined,
  { timeoutMs, everyMs = 25 }: WaitOptions,
): Promise<string | undefined> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer === undefined || Date.now() >= end) return answer;
    await sleep(everyMs);
  }
}
