import { setTimeout as sleep } from 'node:timers/promises';
import { restartDelay } from './backoff';
import { type Child, launch, type ProcessSpec } from './child';
import { notStarted } from './server';
import { waitWhile } from './wait';

export interface SupervisedEvents {
  readonly started: (spec: ProcessSpec, pid: number) => void;
  readonly died: (spec: ProcessSpec, reason: string) => void;
}

/** A process that has died this often and was never ready will not become ready. */
const HOPELESS_EXITS = 3;
/** After this long a life counts as a good one and the back-off begins anew. */
const GOOD_LIFE_MS = 30_000;

/** One process that is brought back when it dies. */
export class SupervisedProcess {
  private child?: Child;
  private killed?: Child;
  private wanted = false;
  private exits = 0;
  private wasReady = false;
  private waking = new AbortController();
  private lastFailure = '';
  private loop: Promise<void> = Promise.resolve();

  constructor(
    readonly spec: ProcessSpec,
    private readonly events: SupervisedEvents,
  ) {}

  /** Undefined while it is down. */
  get pid(): number | undefined {
    return this.child?.isRunning() && this.child !== this.killed ? this.child.pid : undefined;
  }

  /** A process that is killed counts as down from now on, not only when the kernel has reaped it. */
  kill(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL') this.killed = this.child;
    this.child?.signal(signal);
  }

  /** Resolves when it is ready; throws, with the end of its log, when it keeps dying or time is up. */
  async start(timeoutMs: number): Promise<void> {
    if (this.wanted) return this.untilReady(timeoutMs);
    this.wanted = true;
    this.exits = 0;
    this.wasReady = false;
    this.waking = new AbortController();
    this.loop = this.keepAlive();
    await this.untilReady(timeoutMs);
  }

  async stop(): Promise<void> {
    this.wanted = false;
    this.waking.abort();
    await this.child?.stop();
    await this.loop;
  }

  async untilReady(timeoutMs: number): Promise<void> {
    const answer = await waitWhile(() => this.notReady(), { timeoutMs });
    if (answer !== undefined)
      throw new Error(notStarted(this.spec, `not ready after ${timeoutMs / 1000} s: ${answer}`));
  }

  private async notReady(): Promise<string | undefined> {
    if (!this.wanted) throw new Error(`${this.spec.name} was stopped while it started`);
    if (!this.wasReady && this.exits >= HOPELESS_EXITS)
      throw new Error(notStarted(this.spec, this.lastFailure));
    if (this.pid === undefined) return this.lastFailure || 'not running';
    const answer = await this.spec.notReady(this.pid);
    this.wasReady ||= answer === undefined;
    return answer;
  }

  private async keepAlive(): Promise<void> {
    while (this.wanted) {
      const began = Date.now();
      this.lastFailure = await this.oneLife();
      if (!this.wanted) return;
      this.exits = Date.now() - began > GOOD_LIFE_MS ? 1 : this.exits + 1;
      this.events.died(this.spec, this.lastFailure);
      await this.pause(restartDelay(this.exits));
    }
  }

  /** From start to exit; returns the reason of the end. */
  private async oneLife(): Promise<string> {
    try {
      this.child = await launch(this.spec);
    } catch (error) {
      return (error as Error).message;
    }
    if (!this.wanted) await this.child.stop();
    else this.events.started(this.spec, this.child.pid);
    return this.child.exited;
  }

  private async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.waking.signal }).catch(() => undefined);
  }
}
