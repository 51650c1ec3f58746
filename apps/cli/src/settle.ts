import { setTimeout as pause } from 'node:timers/promises';
import { answerOf, type Fetched } from './client/answers';
import type { Resource } from './client/views';
import type { Context } from './context';
import { CliError, failed, interrupted, stillGoing } from './errors';
import { EXIT } from './exit-codes';

/** States that a resource leaves by itself. */
const UNDER_WAY = new Set([
  'creating',
  'starting',
  'stopping',
  'rebooting',
  'updating',
  'deleting',
  'binding',
  'enrolling',
]);

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 2_000;
const MAX_OUTAGES = 10;

/** Whether the platform is still at work on it. */
export const isUnderWay = ({ state }: Resource): boolean => UNDER_WAY.has(state);

/** What is waited for: how to look again, and how to say it. */
export interface Awaited<V extends Resource> {
  /** `VM web-1` */
  readonly what: string;
  /** The command that shows it later. */
  readonly look: string;
  again(): Promise<Fetched<V>>;
}

/**
 * Asks again until the resource is not under way any more, and says on stderr how far it is. Answers the newest view;
 * undefined when the resource is gone. Ctrl-C and the time limit end the wait, never the work.
 */
export async function settled<V extends Resource>(
  first: V,
  awaited: Awaited<V>,
  ctx: Context,
): Promise<V | undefined> {
  const progress = ctx.progress();
  const end = performance.now() + ctx.options.timeout;
  let view: V | undefined = first;
  let pauseMs = FIRST_PAUSE_MS;
  try {
    while (view && isUnderWay(view)) {
      progress.show(progressOf(view, awaited.what));
      const left = end - performance.now();
      if (left <= 0)
        throw stillGoing(`${awaited.what} is still ${view.state}; the work goes on.`, {
          hint: `Look: ${awaited.look}`,
        });
      await pause(Math.min(pauseMs, left), undefined, { signal: ctx.signal });
      view = await look(view, awaited, ctx.signal);
      pauseMs = Math.min(pauseMs * 1.4, LAST_PAUSE_MS);
    }
  } catch (error) {
    if (!ctx.signal.aborted) throw error;
    throw interrupted(`No longer waiting for ${awaited.what}; the work goes on.`, {
      hint: `Look: ${awaited.look}`,
    });
  } finally {
    progress.end();
  }
  return view;
}

/** The newest view; undefined when it is gone. Short outages are waited out: the work is accepted already. */
async function look<V extends Resource>(
  known: V,
  awaited: Awaited<V>,
  signal: AbortSignal,
): Promise<V | undefined> {
  for (let outages = 0; ; outages++) {
    try {
      return (await answerOf(awaited.again())).data ?? known;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      if (error.exitCode === EXIT.notFound) return undefined;
      if (error.exitCode !== EXIT.unavailable || outages >= MAX_OUTAGES) throw error;
      await pause(LAST_PAUSE_MS, undefined, { signal });
    }
  }
}

/** `VM web-1: starting`, `image guest: creating 40 %` */
export function progressOf(view: Resource & { progress?: number }, what: string): string {
  const percent = typeof view.progress === 'number' && view.progress > 0 ? ` ${view.progress} %` : '';
  const reason = view.stateReason ? ` (${view.stateReason})` : '';
  return `${what}: ${view.state}${percent}${reason}`;
}

/** Throws when the platform gave up on it. */
export function assertWell(view: Resource, what: string): void {
  if (view.state !== 'error') return;
  throw failed(`${what} is in state error: ${view.stateReason ?? 'no reason is known'}.`.replace('..', '.'), {
    code: 'ended_in_error',
    hint: 'The platform goes on trying; remove it if you do not want that.',
  });
}
