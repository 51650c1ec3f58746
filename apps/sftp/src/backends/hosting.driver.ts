import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Limits } from '../trees/room';
import { unavailable } from '@nubo/contracts';
import type { Activity, Grant, Login, SftpBackend } from './backend';

const TIMEOUT_MS = 10_000;

export interface HostingOptions {
  readonly url: string;
  readonly secret: string;
  /** Hosting's folder. */
  readonly dir: string;
}

interface OpenedSession {
  readonly sessionId: string;
  readonly projectId: string;
  readonly limits: Limits;
}

/** Asks the service `hosting`, which counts what is tried in vain. */
export class HostingBackend implements SftpBackend {
  constructor(private readonly options: HostingOptions) {}

  withPassword(login: Login, password: string): Promise<Grant | undefined> {
    return this.open({ ...login, password });
  }

  withKey(login: Login, publicKey: string): Promise<Grant | undefined> {
    return this.open({ ...login, publicKey });
  }

  async knowsKey(login: Login, publicKey: string): Promise<boolean> {
    return (await this.ask('POST', 'keys', { ...login, publicKey })).ok;
  }

  async active({ sessionId }: Grant, activity: Activity): Promise<boolean> {
    const { status } = await this.ask('POST', `sessions/${sessionId}/activity`, activity);
    return status !== 404;
  }

  async ended({ sessionId }: Grant): Promise<void> {
    await this.ask('DELETE', `sessions/${sessionId}`);
  }

  private async open(body: object): Promise<Grant | undefined> {
    const answer = await this.ask('POST', 'sessions', body);
    if (!answer.ok) return undefined;
    const { sessionId, projectId, limits } = (await answer.json()) as OpenedSession;
    const folders = {
      site: join(this.options.dir, 'trees', projectId),
      releases: join(this.options.dir, 'sites', projectId, 'releases'),
      logs: join(this.options.dir, 'sites', projectId, 'logs'),
    };
    await Promise.all(Object.values(folders).map((folder) => mkdir(folder, { recursive: true })));
    return { sessionId, projectId, limits, folders };
  }

  /** Throws when hosting cannot say, now. */
  private async ask(method: string, path: string, body?: object): Promise<Response> {
    const answer = await fetch(`${this.options.url}/internal/sftp/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.options.secret}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (answer.status >= 500) throw unavailable('hosting_away', `hosting answers ${answer.status}`);
    return answer;
  }
}
