import { log } from '@nubo/observability';
import type { Activity, Grant, SftpBackend } from '../backends/backend';
import type { Farewells } from './farewells';

/** Changes of this long are told together, ms. */
const TOGETHER_MS = 250;
/** A session that is silent for three times as long is taken for dead, ms. */
const HEARTBEAT_MS = 10_000;
/** Written there, it asks for a release. */
const DEPLOY = '/site/.deploy';

export interface PresenceParts {
  readonly backend: SftpBackend;
  readonly farewells: Farewells;
}

/** Tells the backend what the channels of one connection do. */
export class Presence {
  private readonly writersOf = new Map<object, number>();
  private touched = false;
  private deploy = false;
  private told = 0;
  private timer?: NodeJS.Timeout;
  private ended = false;
  private last: Promise<void> = Promise.resolve();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly parts: PresenceParts,
    private readonly grant: Grant,
    private readonly hangUp: () => void,
  ) {
    this.heartbeat = setInterval(() => this.tell(), HEARTBEAT_MS);
  }

  /** @param whole the path of a file that has come to be there */
  change(whole?: string): void {
    this.touched = true;
    if (whole === DEPLOY) this.deploy = true;
    this.soon();
  }

  writers(channel: object, count: number): void {
    if (count > 0) this.writersOf.set(channel, count);
    else this.writersOf.delete(channel);
    if (this.sum !== this.told) this.soon();
  }

  /** What is left is told before the session ends: now, or when the backend is there again. */
  async end(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.timer);
    await this.last;
    const { sum: writers, touched, deploy, grant } = this;
    const rest = touched || writers !== this.told ? { writers, touched, deploy } : undefined;
    await this.parts.farewells.say({ grant, rest });
  }

  private get sum(): number {
    return [...this.writersOf.values()].reduce((all, one) => all + one, 0);
  }

  private soon(): void {
    if (!this.ended) this.timer ??= setTimeout(() => this.tell(), TOGETHER_MS);
  }

  private tell(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.last = this.last.then(() => this.send());
  }

  private async send(): Promise<void> {
    const activity: Activity = { writers: this.sum, touched: this.touched, deploy: this.deploy };
    this.told = activity.writers;
    this.touched = this.deploy = false;
    try {
      if (!(await this.parts.backend.active(this.grant, activity))) this.hangUp();
    } catch (error) {
      this.touched ||= activity.touched;
      this.deploy ||= activity.deploy;
      log.warn({ err: error }, 'hosting does not hear what sessions do');
    }
  }
}
