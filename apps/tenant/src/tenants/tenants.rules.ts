import type { QuotaKind, TenantState } from '@nubo/contracts';

const NEXT: Record<TenantState, readonly TenantState[]> = {
  pending: ['active', 'deleting'],
  active: ['deleting'],
  deleting: [],
};

export const mayBecome = (from: string, to: TenantState): boolean => NEXT[from as TenantState].includes(to);

const DAY_MS = 86_400_000;
/** A registration that nobody activates is forgotten after a week. */
export const PENDING_MS = 7 * DAY_MS;

/** Deleting a tenant may take this long before an operator is told what it waits for. */
export const DELETE_DEADLINE_MS = 600_000;

/** Milliseconds until a pending tenant that was registered at `createdAt` expires; 0 when it has. */
export function pendingLeftMs(createdAt: Date, now: number): number {
  return Math.max(0, createdAt.getTime() + PENDING_MS - now);
}

const FAST_MS = 500;
const SLOW_MS = 5_000;
const FAST_TRIES = 120;

/** How long to wait before looking again whether the other services have let go of all that was the tenant's. */
export const nextLookMs = (attempt: number): number => (attempt < FAST_TRIES ? FAST_MS : SLOW_MS);

const LOOKS_PER_CALL = 6;

/** Whether it is time to tell the other services again. */
export const isTimeToCall = (attempt: number): boolean =>
  attempt >= FAST_TRIES || attempt % LOOKS_PER_CALL === 1;

export interface Left {
  kind: QuotaKind;
  resources: number;
}

/** What is left of a tenant, for a person: `2 vms, 1 vpcs`. */
export function describeLeft(left: Left[]): string {
  return `what is left of it: ${left.map(({ kind, resources }) => `${resources} ${kind}`).join(', ')}`;
}
