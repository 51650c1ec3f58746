import type { Run } from './run';

/** What a run came to. */
export type Outcome =
  /** As wanted. Looked at again after `recheckMs`, if given. */
  | { is: 'settled'; recheckMs?: number }
  /** Waits for something outside; looked at again after `afterMs` or when woken. */
  | { is: 'waiting'; afterMs: number; for: string }
  /** The resource does not exist any more: its work row goes too. */
  | { is: 'gone' };

export const settled = (recheckMs?: number): Outcome => ({ is: 'settled', recheckMs });
export const waiting = (reason: string, afterMs = 1_000): Outcome => ({
  is: 'waiting',
  afterMs,
  for: reason,
});
export const gone = (): Outcome => ({ is: 'gone' });

/** Makes the wanted state of one kind of resource true. May be run at any time, any number of times, by any replica. */
export interface Reconciler {
  /** `work.kind`; the noun, e.g. `vm`. */
  readonly kind: string;
  /** Brings `id` closer to what its row wants. Throws to be tried again with back-off. */
  run(id: string, run: Run): Promise<Outcome>;
  /** The transition's deadline has passed: the row shall say `error` with `reason`. The work goes on, slowly. */
  expired?(id: string, reason: string): Promise<void>;
}
