/** What every reconciler must stand: see {@link reconcilerKit}. */
import { setTimeout as pause } from 'node:timers/promises';
import { Run, type Outcome, type Reconciler } from '@nubo/reconcile';

/** One kind of resource in a world of its own: a real database, a fake outside. */
export interface KitWorld {
  reconciler: Reconciler;
  /** Writes the intention of a fresh resource, as a request does; its id. */
  create: () => Promise<string>;
  /** Writes the intention to delete it, as a request does. */
  remove: (id: string) => Promise<void>;
  /** Rows and outside of a resource, without ids, times and counters: equal for two resources that came out the same. */
  picture: (id: string) => Promise<unknown>;
  /** Whatever of a resource is still anywhere: empty when it was deleted. */
  leftovers: (id: string) => Promise<unknown[]>;
  stop: () => Promise<void>;
}

/** The process dies here. */
class Killed extends Error {}

const MAX_RUNS = 100;
const MAX_STEPS = 60;
const LONGEST_WAIT_MS = 20;

let fence = 0;

interface Drive {
  /** Dies instead of taking the step of this number; steps are counted from 0 over all runs. */
  dieBefore?: number;
}

interface Driven {
  outcome: Outcome;
  steps: string[];
}

/** Runs a reconciler as the worker does, until its resource is settled or gone. Throws {@link Killed} where it dies. */
async function drive(reconciler: Reconciler, id: string, { dieBefore }: Drive = {}): Promise<Driven> {
  const steps: string[] = [];
  const beforeStep = (step: string): void => {
    if (steps.length === dieBefore) throw new Killed(`before "${step}"`);
    steps.push(step);
  };
  for (let attempt = 1; attempt <= MAX_RUNS; attempt += 1) {
    fence += 1;
    const signal = new AbortController().signal;
    const run = new Run({ kind: reconciler.kind, id, fence, attempt, signal, beforeStep });
    const outcome = await reconciler.run(id, run);
    if (outcome.is !== 'waiting') return { outcome, steps };
    await pause(Math.min(outcome.afterMs, LONGEST_WAIT_MS));
  }
  throw new Error(`not settled after ${MAX_RUNS} runs; the last steps were ${steps.slice(-5).join(', ')}`);
}

/** True when it died before that step, false when it came to its end first. */
async function dies(reconciler: Reconciler, id: string, dieBefore: number): Promise<boolean> {
  try {
    await drive(reconciler, id, { dieBefore });
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  }
}

/** Calls `check` with each number of a step until it says that there is no such step. */
async function forEveryStep(check: (step: number) => Promise<boolean>): Promise<number> {
  for (let step = 0; step < MAX_STEPS; step += 1) if (!(await check(step))) return step;
  throw new Error(`more than ${MAX_STEPS} steps`);
}

/**
 * Declares the tests: run twice, stopped before every step and run again, deleted from every half-made state, deletion
 * stopped before every step. `open` makes the world once; every step gets a fresh resource. A test of a world whose
 * reconciler takes no step fails.
 */
export function reconcilerKit(noun: string, open: () => Promise<KitWorld>): void {
  describe(`the reconciler of a ${noun}`, () => {
    let world: KitWorld;
    beforeAll(async () => (world = await open()), 60_000);
    afterAll(() => world?.stop());

    it('does no harm when it runs twice', () => runTwice(world), 60_000);
    it('makes the same world when it dies before any step and runs again', () => dieAndResume(world), 60_000);
    it(
      'leaves nothing when the resource is deleted in any half-made state',
      () => deleteHalfMade(world),
      60_000,
    );
    it(
      'leaves nothing when deletion dies before any step and runs again',
      () => dieInDeletion(world),
      60_000,
    );
  });
}

async function runTwice({ reconciler, create, picture, remove, leftovers }: KitWorld): Promise<void> {
  const id = await create();
  expect((await drive(reconciler, id)).outcome.is).toBe('settled');
  const once = await picture(id);
  expect((await drive(reconciler, id)).outcome.is).toBe('settled');
  expect(await picture(id)).toEqual(once);
  await remove(id);
  expect((await drive(reconciler, id)).outcome.is).toBe('gone');
  expect((await drive(reconciler, id)).outcome.is).toBe('gone');
  expect(await leftovers(id)).toEqual([]);
}

async function dieAndResume({ reconciler, create, picture }: KitWorld): Promise<void> {
  const whole = await create();
  await drive(reconciler, whole);
  const wanted = await picture(whole);
  const steps = await forEveryStep(async (step) => {
    const id = await create();
    const died = await dies(reconciler, id, step);
    await drive(reconciler, id);
    expect({ step, picture: await picture(id) }).toEqual({ step, picture: wanted });
    return died;
  });
  expect(steps).toBeGreaterThan(0);
}

async function deleteHalfMade({ reconciler, create, remove, leftovers }: KitWorld): Promise<void> {
  const steps = await forEveryStep(async (step) => {
    const id = await create();
    const died = await dies(reconciler, id, step);
    await remove(id);
    expect((await drive(reconciler, id)).outcome.is).toBe('gone');
    expect({ step, left: await leftovers(id) }).toEqual({ step, left: [] });
    return died;
  });
  expect(steps).toBeGreaterThan(0);
}

async function dieInDeletion({ reconciler, create, remove, leftovers }: KitWorld): Promise<void> {
  const steps = await forEveryStep(async (step) => {
    const id = await create();
    await drive(reconciler, id);
    await remove(id);
    const died = await dies(reconciler, id, step);
    expect((await drive(reconciler, id)).outcome.is).toBe('gone');
    expect({ step, left: await leftovers(id) }).toEqual({ step, left: [] });
    return died;
  });
  expect(steps).toBeGreaterThan(0);
}
