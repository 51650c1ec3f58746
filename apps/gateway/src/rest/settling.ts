import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { NuboError, type ById, type Operation, type RequestContext } from '@nubo/contracts';
import { Bus } from '@nubo/messaging';

/** States that a resource leaves by itself. */
const UNDER_WAY = new Set([
  'creating',
  'updating',
  'starting',
  'stopping',
  'rebooting',
  'deleting',
  'binding',
  'enrolling',
]);
const FIRST_PAUSE_MS = 15;
const LAST_PAUSE_MS = 300;

export interface Wait {
  readonly op: Operation<ById, object>;
  readonly ctx: RequestContext;
  readonly ms: number;
  /** Ends the wait early: the client has gone. */
  readonly signal: AbortSignal;
}

/** The newest view, or null when the resource is gone. */
export type Settled = object | null;

/** Whether the platform is still at work on what the view shows. */
export const isUnderWay = (view: object): boolean =>
  'state' in view && typeof view.state === 'string' && UNDER_WAY.has(view.state);

/** Holds answers until resources settle, for `?wait=`. */
@Injectable()
export class Settling implements BeforeApplicationShutdown {
  private readonly shutdown = new AbortController();

  constructor(private readonly bus: Bus) {}

  beforeApplicationShutdown(): void {
    this.shutdown.abort();
  }

  /**
   * Asks again until the resource is not under way any more or the time is over. What was asked for is accepted
   * already, so a failed look is no failure: the next one may succeed, and the newest view known is the answer.
   */
  async settle(first: object, wait: Wait): Promise<Settled> {
    const either = eitherOf(wait.signal, this.shutdown.signal);
    try {
      return await this.until(first, wait, either.signal);
    } finally {
      either.forget();
    }
  }

  private async until(first: object, wait: Wait, signal: AbortSignal): Promise<Settled> {
    const end = performance.now() + wait.ms;
    let view: Settled = first;
    let pauseMs = FIRST_PAUSE_MS;
    while (view !== null && isUnderWay(view) && !signal.aborted && performance.now() < end) {
      await pause(Math.min(pauseMs, end - performance.now()), undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) view = await this.look(view, wait);
      pauseMs = Math.min(pauseMs * 1.5, LAST_PAUSE_MS);
    }
    return view;
  }

  private async look(known: object, { op, ctx }: Wait): Promise<Settled> {
    const { requestId, principal, address } = ctx;
    try {
      return await this.bus.call(op, { requestId, principal, address }, { id: (known as ById).id });
    } catch (error) {
      return error instanceof NuboError && error.kind === 'not_found' ? null : known;
    }
  }
}

/** Not by AbortSignal.any: Node 20 may collect such a signal before it fires. */
function eitherOf(...signals: AbortSignal[]): { signal: AbortSignal; forget: () => void } {
  const either = new AbortController();
  const abort = (): void => either.abort();
  for (const signal of signals) {
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  }
  const forget = (): void => signals.forEach((signal) => signal.removeEventListener('abort', abort));
  return { signal: either.signal, forget };
}
