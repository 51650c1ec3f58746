import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<{ open: boolean }>();

/** Runs the body of a transaction: until it ends, {@link assertOutside} refuses. */
export async function inside<T>(work: () => Promise<T>): Promise<T> {
  const body = { open: true };
  try {
    return await scope.run(body, work);
  } finally {
    body.open = false;
  }
}

/**
 * Throws TypeError inside a transaction of this service. Whoever holds one connection of a small pool and asks for another
 * brings all to a halt as soon as a few do so at once.
 */
export function assertOutside(): void {
  if (scope.getStore()?.open) throw new TypeError('inside a transaction only its own entity manager is used');
}
