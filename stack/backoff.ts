const FIRST_MS = 100;
const CAP_MS = 10_000;

/** Milliseconds before the n-th restart in a row (from 1): doubled each time, capped, half of it random. */
export function restartDelay(n: number, random: () => number = Math.random): number {
  const full = Math.min(CAP_MS, FIRST_MS * 2 ** (n - 1));
  return Math.round(full / 2 + (full / 2) * random());
}
