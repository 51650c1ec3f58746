import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { log, reconcileSeconds, withLogFields } from '@nubo/observability';
import { Database, Doorbell, Listener } from '@nubo/persistence';
import type { Outcome, Reconciler } from './reconciler';
import { LeaseLost, Run } from './run';
import { claim, forget, LEASE_MS, putToRest, renew, type Claim } from './work-store';

const CONCURRENCY = 16;
const IDLE_MS = 1_000;
const BACKOFF_BASE_MS = 250;
const BACKOFF_CAP_MS = 15_000;

/** Full jitter: a random time up to the doubled one, so that many failures do not come back together. */
const backoff = (attempt: number): number =>
  Math.random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 10)) + 50;

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, 2_000);

/** Runs the service's reconcilers: leases what is due, renews the leases, puts the rows back to rest. */
@Injectable()
export class Worker implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly reconcilers = new Map<string, Reconciler>();
  private readonly running = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly bell = new Doorbell();
  private loopEnded: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    listener: Listener,
  ) {
    listener.on('nubo_work', () => this.bell.ring());
  }

  register(reconciler: Reconciler): void {
    this.reconcilers.set(reconciler.kind, reconciler);
  }

  onApplicationBootstrap(): void {
    this.loopEnded = this.loop();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.bell.ring();
    await this.loopEnded;
    await Promise.allSettled(this.running);
  }

  private async loop(): Promise<void> {
    await this.database.ready();
    while (!this.stopping.signal.aborted) {
      const taken = await this.take().catch((error: unknown) => {
        log.debug({ err: error }, 'worker waits for the database');
        return 0;
      });
      if (taken === 0) await this.bell.wait(IDLE_MS);
    }
  }

  private async take(): Promise<number> {
    const room = CONCURRENCY - this.running.size;
    if (room === 0 || this.reconcilers.size === 0) return 0;
    const claims = await claim(this.database.manager, [...this.reconcilers.keys()], room);
    for (const work of claims) {
      const promise = this.runOne(work).finally(() => {
        this.running.delete(promise);
        this.bell.ring();
      });
      this.running.add(promise);
    }
    return claims.length;
  }

  private async runOne(work: Claim): Promise<void> {
    const reconciler = this.reconcilers.get(work.kind);
    if (!reconciler) return;
    const lease = new AbortController();
    const heartbeat = setInterval(() => void this.heartbeat(work, lease), LEASE_MS / 3);
    const signal = AbortSignal.any([lease.signal, this.stopping.signal]);
    const done = reconcileSeconds.startTimer({ kind: work.kind });
    try {
      const run = new Run({
        kind: work.kind,
        id: work.resourceId,
        fence: work.fence,
        attempt: work.attempts,
        signal,
      });
      const outcome = await withLogFields({ kind: work.kind, resourceId: work.resourceId }, () =>
        reconciler.run(work.resourceId, run),
      );
      done({ outcome: outcome.is });
      await this.finish(reconciler, work, outcome);
    } catch (error) {
      done({ outcome: 'error' });
      await this.failed(reconciler, work, error).catch((e: unknown) =>
        log.warn({ err: e }, 'could not note a failure'),
      );
    } finally {
      clearInterval(heartbeat);
    }
  }

  private async heartbeat(work: Claim, lease: AbortController): Promise<void> {
    const held = await renew(this.database.manager, work).catch(() => true);
    if (!held) lease.abort();
  }

  private async finish(reconciler: Reconciler, work: Claim, outcome: Outcome): Promise<void> {
    const em = this.database.manager;
    if (outcome.is === 'gone') return forget(em, work);
    if (outcome.is === 'settled')
      return putToRest(em, work, { afterMs: outcome.recheckMs ?? null, error: null, ended: true });
    await this.expire(reconciler, work, `waiting for ${outcome.for}`);
    return putToRest(em, work, { afterMs: outcome.afterMs, error: outcome.for, ended: false });
  }

  private async failed(reconciler: Reconciler, work: Claim, error: unknown): Promise<void> {
    if (error instanceof LeaseLost)
      return putToRest(this.database.manager, work, { afterMs: 0, error: work.lastError, ended: false });
    const reason = messageOf(error);
    log.warn(
      { err: error, kind: work.kind, resourceId: work.resourceId, attempt: work.attempts },
      'reconcile failed, trying again',
    );
    await this.expire(reconciler, work, reason);
    await putToRest(this.database.manager, work, {
      afterMs: backoff(work.attempts),
      error: reason,
      ended: false,
    });
  }

  private async expire(reconciler: Reconciler, work: Claim, reason: string): Promise<void> {
    if (work.deadlineAt && work.deadlineAt.getTime() < Date.now())
      await reconciler.expired?.(work.resourceId, reason);
  }
}
