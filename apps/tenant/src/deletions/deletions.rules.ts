/** How long it takes, and what is said meanwhile, until other services have let go of a tenant’s or a user’s things. */
import type { QuotaKind } from '@nubo/contracts';

/** A deletion may take this long before an operator is told what it waits for. */
export const DELETE_DEADLINE_MS = 600_000;

const FAST_MS = 500;
const SLOW_MS = 5_000;
const FAST_TRIES = 120;

/** How long to wait before looking again whether the other services have let go of everything. */
export const nextLookMs = (attempt: number): number => (attempt < FAST_TRIES ? FAST_MS : SLOW_MS);

const LOOKS_PER_CALL = 6;

/** Whether it is time to tell the other services again. */
export const isTimeToCall = (attempt: number): boolean =>
  attempt >= FAST_TRIES || attempt % LOOKS_PER_CALL === 1;

export interface Left {
  kind: QuotaKind;
  resources: number;
}

/** What is left, for a person: `2 vms, 1 vpcs`. */
export function describeLeft(left: Left[]): string {
  return `what is left of it: ${left.map(({ kind, resources }) => `${resources} ${kind}`).join(', ')}`;
}
