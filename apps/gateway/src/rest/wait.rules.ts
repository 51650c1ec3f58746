import { invalidFields } from '@nubo/contracts';

export const MAX_WAIT_MS = 120_000;
const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000 };

/** Milliseconds of `500ms`, `30s` or `2m`. Throws `invalid` that names `wait`. */
export function waitMsOf(value: string): number {
  const match = /^(\d{1,6})(ms|s|m)$/.exec(value);
  const ms = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? NaN);
  if (!(ms <= MAX_WAIT_MS)) {
    throw invalidFields([{ field: 'wait', message: 'must be a time like 500ms, 30s or 2m, at most 2m' }]);
  }
  return ms;
}
