import type { TenantState } from '@nubo/contracts';

const NEXT: Record<TenantState, readonly TenantState[]> = {
  pending: ['active', 'deleting'],
  active: ['deleting'],
  deleting: [],
};

export const mayBecome = (from: string, to: TenantState): boolean => NEXT[from as TenantState].includes(to);

const DAY_MS = 86_400_000;
/** A registration that nobody activates is forgotten after a week. */
export const PENDING_MS = 7 * DAY_MS;

/** Milliseconds until a pending tenant that was registered at `createdAt` expires; 0 when it has. */
export function pendingLeftMs(createdAt: Date, now: number): number {
  return Math.max(0, createdAt.getTime() + PENDING_MS - now);
}
