import { setTimeout as pause } from 'node:timers/promises';
import { Run, type Reconciler, type StepHook } from '@nubo/reconcile';

/** A run of a reconciler outside the worker. */
export const runOf = (kind: string, id: string, attempt = 1, beforeStep?: StepHook): Run =>
  new Run({ kind, id, fence: attempt, attempt, signal: new AbortController().signal, beforeStep });

class Killed extends Error {}

/** A run that ends before its step number `index`, as a killed process does: nothing of it is cleaned up. */
export function runKilledBefore(kind: string, id: string, index: number): Run {
  let seen = 0;
  return runOf(kind, id, 1, () => {
    if (seen === index) throw new Killed();
    seen += 1;
  });
}

const SOON_MS = 10;

/** A resource as it is once its reconciler has nothing to do for it. */
export async function settle(reconciler: Reconciler, id: string): Promise<void> {
  for (let attempt = 1; attempt <= 50; attempt += 1) {
    const { is } = await reconciler.run(id, runOf(reconciler.kind, id, 0));
    if (is === 'settled') return;
    await pause(SOON_MS);
  }
  throw new TypeError('it did not settle');
}
