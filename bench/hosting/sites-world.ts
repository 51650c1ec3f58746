/** A platform of its own with a tenant that makes projects, and an SSH key that opens their files. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CreatedProjectView, CreateProject, ProjectView } from '@nubo/contracts';
import { Client as SshClient, type SFTPWrapper } from 'ssh2';
import { queryOnce } from '../database';
import { RestClient } from '../../demo/rest-client';
import { makeSshKey, type SshKey } from '../../demo/ssh-key';
import { startPlatform, type Platform } from '../../stack/platform';
import { person, sessionToken } from '../people';

export type Say = (line: string) => void;

/** Fewer of everything, to see that it works: NUBO_BENCH_SCALE=0.05. */
const SCALE = Number(process.env.NUBO_BENCH_SCALE ?? 1);
export const scaled = (count: number): number => Math.max(2, Math.round(count * SCALE));

const LOOK_MS = 4;
const MOST_PROJECTS = 1_000;

export class HostingBenchWorld {
  private readonly tenantId = randomUUID();
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  private readonly sessions: SshClient[] = [];
  private names = 0;

  private constructor(
    readonly folder: string,
    readonly platform: Platform,
    readonly sshKey: SshKey,
  ) {}

  static async open(say: Say): Promise<HostingBenchWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'nubo-bench-'));
    chmodSync(folder, 0o755);
    const platform = await startPlatform({
      dataDir: join(folder, 'platform'),
      mail: { smtpUrl: 'smtp://127.0.0.1:9' },
      fsync: true,
      onProgress: say,
    });
    const world = new HostingBenchWorld(folder, platform, makeSshKey(join(folder, 'id_ed25519')));
    await world.query('INSERT INTO quota.accounts (tenant_id) VALUES ($1)', [world.tenantId]);
    const usage = `INSERT INTO quota.usage (tenant_id, kind, "limit") VALUES ($1, 'projects', $2)`;
    await world.query(usage, [world.tenantId, MOST_PROJECTS]);
    return world;
  }

  /** The folder that the web server reads. */
  get sites(): string {
    return join(this.folder, 'platform', 'hosting', 'sites');
  }

  /** Of the master of the web server of sites. */
  get webPid(): number {
    return Number(readFileSync(join(this.folder, 'platform', 'web', 'nginx.pid'), 'utf8'));
  }

  /** Somebody of the tenant: each may have a few projects only. */
  somebody(): RestClient {
    const token = sessionToken(this.platform.keys.jwtKeyFile, person('owner', this.tenantId));
    return new RestClient(this.platform.gatewayUrl).as(token);
  }

  /** One whose files our key opens. */
  async project(rest: RestClient, wish: Partial<CreateProject> = {}): Promise<CreatedProjectView> {
    const made = await this.make(rest, wish);
    await rest.post(`/hosting/projects/${made.id}/ssh-keys`, { key: this.sshKey.publicKey });
    return made;
  }

  async make(rest: RestClient, wish: Partial<CreateProject> = {}): Promise<CreatedProjectView> {
    this.names += 1;
    const name = `bench-${this.names}`;
    const made = await rest.post<CreatedProjectView>('/hosting/projects?wait=30s', { name, ...wish });
    if (made.state !== 'ready') throw new Error(`${name} is ${made.state}: ${made.stateReason}`);
    return made;
  }

  /** A session that stays. */
  sftp({ sftp: { host, port, login: username } }: ProjectView): Promise<SFTPWrapper> {
    const client = new SshClient();
    this.sessions.push(client);
    return new Promise((resolve, reject) => {
      client.once('error', reject);
      client.once('ready', () => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))));
      client.connect({ host, port, username, privateKey: readFileSync(this.sshKey.file) });
    });
  }

  /** What visitors of the site read. */
  visit({ hostname }: Pick<ProjectView, 'hostname'>, path = '/'): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { headers: { host: hostname }, agent: this.agent };
      const request = http.get(`${this.platform.webUrl}${path}`, options, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.once('end', () => resolve(body)).once('error', reject);
      });
      request.once('error', reject);
    });
  }

  /** Milliseconds from `began` until visitors read `text`. Throws after half a minute. */
  async untilLive(site: ProjectView, text: string, began: number): Promise<number> {
    while (performance.now() - began < 30_000) {
      if ((await this.visit(site)) === text) return performance.now() - began;
      await pause(LOOK_MS);
    }
    throw new Error(`${site.name} does not come to say ${text}`);
  }

  query<R>(sql: string, values: unknown[] = []): Promise<R[]> {
    return queryOnce<R>(this.platform.databaseUrl, sql, values);
  }

  async close(): Promise<void> {
    this.sessions.forEach((session) => session.end());
    this.agent.destroy();
    await this.platform.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Resolves when the server has said that the file is closed: its last byte is there. */
export const write = (sftp: SFTPWrapper, path: string, text: string | Buffer): Promise<void> =>
  new Promise((resolve, reject) =>
    sftp.writeFile(path, text, (error) => (error ? reject(error) : resolve())),
  );
