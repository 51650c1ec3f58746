import { Backoff } from './backoff';
import { Connection } from './connection';
import { unless } from './deadline';
import { RemoteError } from './remote-error';
import { nameOf, type HostSettings, type HostTarget } from './settings';

/** Keeps at most one connection to a host: made when it is needed, shared, closed when idle, not hammered when it fails. */
export class HostLink {
  private readonly backoff: Backoff;
  private current: Promise<Connection> | undefined;
  private dialling = new AbortController();
  private lastError: RemoteError | undefined;
  private users = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  private closedBy: RemoteError | undefined;

  constructor(
    private target: HostTarget,
    private readonly settings: HostSettings,
  ) {
    const { backoffMinMs: minMs, backoffMaxMs: maxMs } = settings.limits;
    this.backoff = new Backoff({ minMs, maxMs });
  }

  /** The live connection, or a new one that all who wait share. Rejects with RemoteError or the signal's reason. */
  async connection(signal: AbortSignal): Promise<Connection> {
    if (this.closedBy) throw this.closedBy;
    this.current ??= this.connect();
    return unless([signal], this.current);
  }

  /** Counts a user of the connection; the result takes it off again. */
  use(): () => void {
    this.users += 1;
    clearTimeout(this.idleTimer);
    return () => {
      this.users -= 1;
      if (this.users === 0) this.startIdling();
    };
  }

  /** From now on the host is reached there; a connection to where it was is closed. */
  retarget(target: HostTarget): void {
    this.target = target;
    this.reset('the target changed');
  }

  /** As `reset`, and no connection is made any more. */
  close(why: string): void {
    this.closedBy = new RemoteError('aborted', nameOf(this.target), why);
    this.reset(why);
  }

  /** Closes the connection, also one that is being made, and forgets earlier failures. */
  reset(why: string): void {
    clearTimeout(this.idleTimer);
    this.backoff.reset();
    const { current } = this;
    this.current = undefined;
    this.dialling.abort(new RemoteError('closed', nameOf(this.target), `connection given up: ${why}`));
    this.dialling = new AbortController();
    current?.then((connection) => connection.close(`connection closed: ${why}`)).catch(() => undefined);
  }

  private startIdling(): void {
    this.idleTimer = setTimeout(() => this.reset('idle'), this.settings.limits.idleMs);
    this.idleTimer.unref();
  }

  private connect(): Promise<Connection> {
    const waitMs = this.backoff.remainingMs;
    const attempt = waitMs > 0 ? Promise.reject(this.notYet(waitMs)) : this.dial();
    attempt.then(
      (connection) => connection.ended.addEventListener('abort', () => this.forget(attempt)),
      () => this.forget(attempt),
    );
    return attempt;
  }

  private forget(attempt: Promise<Connection>): void {
    if (this.current === attempt) this.current = undefined;
  }

  private async dial(): Promise<Connection> {
    const { target, settings, dialling } = this;
    try {
      const connection = await Connection.open({
        host: nameOf(target),
        address: target.address,
        port: target.port ?? 22,
        user: target.user,
        credential: { privateKey: settings.privateKey },
        trusts: (fingerprint) => fingerprint === target.hostKey,
        timeoutMs: settings.limits.connectTimeoutMs,
        keepaliveMs: settings.limits.keepaliveMs,
        keepaliveCount: settings.limits.keepaliveCount,
        signal: dialling.signal,
      });
      this.backoff.reset();
      return connection;
    } catch (error) {
      if (!dialling.signal.aborted) this.failed(error as RemoteError);
      throw error;
    }
  }

  private failed(error: RemoteError): void {
    this.lastError = error;
    this.backoff.failed();
  }

  private notYet(waitMs: number): RemoteError {
    const kind = this.lastError?.kind ?? 'unreachable';
    const what = `${this.lastError?.what ?? 'not reached'} (next try in ${Math.ceil(waitMs)} ms)`;
    return new RemoteError(kind, nameOf(this.target), what, { cause: this.lastError });
  }
}
