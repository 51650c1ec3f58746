import { log } from '@nubo/observability';
import type { Activity, Grant, SftpBackend } from '../backends/backend';

/** What was not taken is told again after that long, ms. */
const AGAIN_MS = 2_000;
/** Of more the oldest are forgotten: hosting looks by itself at what a session left that it hears nothing of. */
const MOST = 10_000;

interface Farewell {
  readonly grant: Grant;
  /** What the session did that was not told. */
  readonly rest?: Activity;
}

/** The last words of sessions whose clients have gone: told until the backend takes them. */
export class Farewells {
  /** By session, the next one first. */
  private readonly waiting = new Map<string, Farewell>();
  private timer?: NodeJS.Timeout;
  private stopped = false;

  constructor(private readonly backend: Pick<SftpBackend, 'active' | 'ended'>) {}

  /** Resolves when it was tried. */
  async say(farewell: Farewell): Promise<void> {
    if (await this.tell(farewell)) return;
    this.waiting.set(farewell.grant.sessionId, farewell);
    const [oldest] = this.waiting.keys();
    if (oldest !== undefined && this.waiting.size > MOST) this.waiting.delete(oldest);
    this.soon();
  }

  /** Tries once more, and not again. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.round();
  }

  private soon(): void {
    if (this.stopped || this.timer || this.waiting.size === 0) return;
    this.timer = setTimeout(() => void this.round(), AGAIN_MS).unref();
  }

  /**
   * One that is not taken lets the others go first, the next time: it may be the backend, or that one only. The last
   * round has no next time.
   */
  private async round(): Promise<void> {
    for (const [id, farewell] of [...this.waiting]) {
      const isTold = await this.tell(farewell);
      this.waiting.delete(id);
      if (isTold) continue;
      this.waiting.set(id, farewell);
      if (!this.stopped) break;
    }
    this.timer = undefined;
    this.soon();
  }

  private async tell({ grant, rest }: Farewell): Promise<boolean> {
    try {
      if (rest) await this.backend.active(grant, rest);
      await this.backend.ended(grant);
      return true;
    } catch (error) {
      log.warn({ err: error, projectId: grant.projectId }, 'hosting does not hear that a session has ended');
      return false;
    }
  }
}
