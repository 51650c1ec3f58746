import { randomUUID } from 'node:crypto';
import type { Asker } from './asker';
import { apiOf, type Api } from './client/api';
import { bodyOf, type Fetched } from './client/answers';
import { CliError, interrupted, notLoggedIn } from './errors';
import { Output } from './output/output';
import { Progress } from './output/progress';
import type { Runtime } from './runtime';
import { hasEnded, type Session } from './session/session';
import { SessionFile, sessionPath } from './session/session.file';
import { Secrets } from './secrets';
import { baseUrl } from './urls.rules';

/** Options that every command takes. */
export interface CommonOptions {
  readonly url?: string;
  readonly json?: boolean;
  readonly wait: boolean;
  readonly timeout: number;
  readonly dryRun?: boolean;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** What one command works with. */
export class Context<Options = object> {
  readonly out: Output;
  readonly secrets: Secrets;
  readonly sessions: SessionFile;
  private readonly gone = new AbortController();

  constructor(
    readonly runtime: Runtime,
    readonly options: Options & CommonOptions,
    readonly asker: Asker,
  ) {
    this.out = new Output(runtime, options.json ?? false);
    this.secrets = new Secrets(runtime.env, asker);
    this.sessions = new SessionFile(sessionPath(runtime));
  }

  /** Fires at Ctrl-C. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  interrupt(): void {
    this.gone.abort(interrupted('Interrupted; what the platform had accepted goes on.'));
  }

  /** Where the platform is: `--url`, `NUBO_URL`, where one is logged in, this machine. */
  get url(): string {
    return this.givenUrl ?? this.sessions.read()?.url ?? DEFAULT_URL;
  }

  /** Where to log in: as {@link url}, but whatever state the session file is in. */
  get loginUrl(): string {
    try {
      return this.url;
    } catch (error) {
      if (error instanceof CliError && !this.givenUrl) return DEFAULT_URL;
      throw error;
    }
  }

  /** The session. Throws when there is none, when it has ended, or when it is one of another platform. */
  get session(): Session {
    const { givenUrl } = this;
    const session = this.sessions.read();
    if (!session) throw notLoggedIn('You are not logged in.', { hint: LOG_IN });
    if (givenUrl && givenUrl !== session.url) {
      throw notLoggedIn(`You are logged in at ${session.url}, not at ${givenUrl}.`, { hint: LOG_IN });
    }
    if (hasEnded(session, new Date()))
      throw notLoggedIn('Your session has ended.', { hint: `Log in again: nubo login ${session.email}` });
    return session;
  }

  /** The platform, as who is logged in. */
  get api(): Api {
    const { url, token } = this.session;
    return apiOf({ url, token, signal: this.signal });
  }

  /** The platform, as nobody. */
  get open(): Api {
    return apiOf({ url: this.url, signal: this.signal });
  }

  /** What goes with every change. */
  get change(): { dryRun?: true } {
    return this.options.dryRun ? { dryRun: true } : {};
  }

  /** What goes with whatever makes something: a repeated request makes one thing only. */
  get creation(): { query: { dryRun?: true }; header: { 'Idempotency-Key': string } } {
    return { query: this.change, header: { 'Idempotency-Key': randomUUID() } };
  }

  body<T>(call: Promise<Fetched<T>>): Promise<T> {
    return bodyOf(call);
  }

  progress(): Progress {
    return new Progress(this.runtime.stderr, this.out.json);
  }

  private get givenUrl(): string | undefined {
    const url = this.options.url ?? (this.runtime.env['NUBO_URL'] || undefined);
    return url === undefined ? undefined : baseUrl(url);
  }
}

const LOG_IN = 'Log in: nubo login <email>';
