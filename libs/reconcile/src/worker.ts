import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { log, reconcileSeconds, withLogFields } from '@nubo/observability';
import { Database, Doorbell, Listener } from '@nubo/persistence';
import { Lease } from './lease';
import type { Outcome, Reconciler } from './reconciler';
import { Run } from './run';
import { claim, forget, isOverdue, LEASE_MS, putToRest, type Claim, type Rest } from './work-store';

const BACKOFF_BASE_MS = 250;
/** A timer of Node may be that much too early. */
const TIMER_EARLY_MS = 1;

/** How a worker paces itself; tests are quicker. */
export class WorkerPace {
  leaseMs = LEASE_MS;
  /** How often it looks when nothing is heard. */
  idleMs = 1_000;
  /** Runs at once of one kind: slow work of one kind never holds up another. */
  perKind = 16;
  /** How long a stopping process waits for runs that do not end when they are told to. */
  graceMs = 5_000;
  /** The longest rest of work that failed. */
  retryCapMs = 15_000;
}

/** What became of a run: what its reconciler says, or that it failed, or that its lease was lost. */
type Ending = Outcome | { is: 'failed'; reason: string } | { is: 'lost' };

/** Full jitter: a random time up to the doubled one, so that many failures do not come back together. */
const backoff = (attempt: number, capMs: number): number =>
  Math.random() * Math.min(capMs, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 10)) + 50;

interface Running {
  kind: string;
  lease: Lease;
  ended: Promise<void>;
}

/** Runs the service's reconcilers: leases what is due, renews the leases, puts the rows back to rest. */
@Injectable()
export class Worker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly reconcilers = new Map<string, Reconciler>();
  private readonly running = new Set<Running>();
  private readonly bell = new Doorbell();
  private readonly alarms = new Set<NodeJS.Timeout>();
  private stopping = false;
  private loopEnded: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    listener: Listener,
    private readonly pace: WorkerPace,
  ) {
    listener.on('nubo_work', () => this.bell.ring());
  }

  register(reconciler: Reconciler): void {
    this.reconcilers.set(reconciler.kind, reconciler);
  }

  onApplicationBootstrap(): void {
    void this.database.ready().then(() => this.bell.ring());
    this.loopEnded = this.loop();
  }

  /** Ends all runs and gives their leases back, while the database is still connected. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.bell.ring();
    this.alarms.forEach((alarm) => clearTimeout(alarm));
    await this.loopEnded;
    for (const { lease } of this.running) lease.lose();
    await atMost(this.pace.graceMs, Promise.all([...this.running].map(({ ended }) => ended)));
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      const taken = await this.take().catch((error: unknown) => {
        log.debug({ err: error }, 'worker waits for the database');
        return 0;
      });
      if (taken === 0) await this.bell.wait(this.pace.idleMs);
    }
  }

  private async take(): Promise<number> {
    const room = this.room();
    if (room.size === 0) return 0;
    const claimedAt = performance.now();
    const claims = await claim(this.database.manager, room, this.pace.leaseMs);
    for (const work of claims) this.start(work, claimedAt);
    return claims.length;
  }

  private room(): Map<string, number> {
    const room = new Map([...this.reconcilers.keys()].map((kind) => [kind, this.pace.perKind]));
    for (const { kind } of this.running) room.set(kind, (room.get(kind) ?? 0) - 1);
    return new Map([...room].filter(([, free]) => free > 0));
  }

  private start(work: Claim, claimedAt: number): void {
    const { leaseMs } = this.pace;
    const lease = new Lease(() => this.database.manager, work, { leaseMs, claimedAt });
    const ended = this.runOne(work, lease).finally(() => {
      this.running.delete(running);
      this.bell.ring();
    });
    const running: Running = { kind: work.kind, lease, ended };
    this.running.add(running);
  }

  /** Never rejects: work that could not be put to rest is due again when its lease has run out. */
  private async runOne(work: Claim, lease: Lease): Promise<void> {
    const reconciler = this.reconcilers.get(work.kind);
    if (!reconciler) return;
    try {
      await this.rest(reconciler, work, await this.endingOf(reconciler, work, lease.signal));
    } catch (error) {
      log.warn({ err: error, kind: work.kind, resourceId: work.resourceId }, 'could not put work to rest');
    } finally {
      lease.close();
    }
  }

  private async endingOf(reconciler: Reconciler, work: Claim, signal: AbortSignal): Promise<Ending> {
    const { kind, resourceId: id, fence, attempts: attempt } = work;
    const done = reconcileSeconds.startTimer({ kind });
    const run = new Run({ kind, id, fence, attempt, signal });
    try {
      const outcome = await withLogFields({ kind, resourceId: id }, () => reconciler.run(id, run));
      done({ outcome: outcome.is });
      return outcome;
    } catch (error) {
      done({ outcome: signal.aborted ? 'lost' : 'error' });
      if (signal.aborted) return { is: 'lost' };
      log.warn({ err: error, kind, resourceId: id, attempt }, 'reconcile failed, trying again');
      return { is: 'failed', reason: run.reasonOf(error) };
    }
  }

  private async rest(reconciler: Reconciler, work: Claim, ending: Ending): Promise<void> {
    switch (ending.is) {
      case 'gone':
        return forget(this.database.manager, work);
      case 'settled':
        return this.layDown(work, { afterMs: ending.recheckMs ?? null, error: null, ended: true });
      case 'waiting':
        await this.expire(reconciler, work, `waiting for ${ending.for}`);
        return this.layDown(work, { afterMs: ending.afterMs, error: ending.for, ended: false });
      case 'failed':
        await this.expire(reconciler, work, ending.reason);
        return this.layDown(work, { afterMs: this.afterFailure(work), error: ending.reason, ended: false });
      case 'lost':
        return this.layDown(work, { afterMs: 0, error: work.lastError, ended: false });
    }
  }

  /** Looks again as soon as it is due: what rests for less than an idle look must not wait for one. */
  private async layDown(work: Claim, rest: Rest): Promise<void> {
    await putToRest(this.database.manager, work, rest);
    if (rest.afterMs !== null && rest.afterMs < this.pace.idleMs) this.ringAfter(rest.afterMs);
  }

  private ringAfter(ms: number): void {
    if (this.stopping) return;
    const alarm = setTimeout(() => {
      this.alarms.delete(alarm);
      this.bell.ring();
    }, ms + TIMER_EARLY_MS);
    this.alarms.add(alarm);
  }

  private afterFailure({ attempts }: Claim): number {
    return backoff(attempts, this.pace.retryCapMs);
  }

  private async expire(reconciler: Reconciler, work: Claim, reason: string): Promise<void> {
    if (!work.deadlineAt || !(await isOverdue(this.database.manager, work))) return;
    try {
      await reconciler.expired?.(work.resourceId, reason);
    } catch (error) {
      const { kind, resourceId } = work;
      log.warn({ err: error, kind, resourceId }, 'could not note a passed deadline');
    }
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work, over]);
  clearTimeout(timer);
}
