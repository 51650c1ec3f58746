/** A server with projects, and real clients of it. */
import { spawn } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type SFTPWrapper } from 'ssh2';
import { HostingBackend } from '../backends/hosting.driver';
import { hostKey } from '../connections/host-key.driver';
import { SftpServer, type SftpOptions } from '../sftp.server';
import { FakeHosting, type FakeProject } from './fake-hosting';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const PATH = '/usr/local/bin:/usr/bin:/bin';
const OPTIONS = [
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'IdentitiesOnly=yes',
  'LogLevel=ERROR',
];
const SSH_OPTIONS = OPTIONS.flatMap((option) => ['-o', option]);

export class World {
  readonly dir = mkdtempSync(join(tmpdir(), 'nubo-sftp-'));
  readonly hosting = new FakeHosting(join(this.dir, 'hosting'));
  readonly keyFile = join(this.dir, 'id');
  readonly local = join(this.dir, 'local');
  port = 0;
  private server?: SftpServer;
  private readonly clients: Client[] = [];

  async start(change: Partial<SftpOptions> = {}): Promise<void> {
    mkdirSync(this.local, { recursive: true });
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', this.keyFile]);
    await this.hosting.listen();
    const { url, secret, dir } = this.hosting;
    this.server = new SftpServer({
      host: '127.0.0.1',
      port: 0,
      hostKey: hostKey(join(this.dir, 'host_ed25519')),
      backend: new HostingBackend({ url, secret, dir }),
      admission: { perAddress: 64, waitingPerAddress: 32 },
      authentication: { tries: 6, keys: 20, deniedMs: 50 },
      graceMs: 30_000,
      ...change,
    });
    this.port = await this.server.listen();
  }

  async stop(): Promise<void> {
    this.clients.forEach((client) => client.end());
    await this.server?.close();
    await this.hosting.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** A project that lets the key of this world in. */
  project(login: string, change: Partial<FakeProject> = {}): FakeProject {
    return this.hosting.add(login, { keys: [this.publicKey], ...change });
  }

  get publicKey(): string {
    return readFileSync(`${this.keyFile}.pub`, 'utf8').trim().split(' ').slice(0, 2).join(' ');
  }

  file(name: string, content: string | Buffer): string {
    const path = join(this.local, name);
    writeFileSync(path, content);
    return path;
  }

  /** OpenSSH's client in batch mode: it stops at the first command that fails, unless that begins with `-`. */
  sftp(login: string, commands: string | readonly (string | Buffer)[]): Promise<Ran> {
    const lines = [commands].flat().flatMap((line) => [Buffer.from(line), Buffer.from('\n')]);
    const args = ['-b', '-', '-P', String(this.port), '-i', this.keyFile, ...SSH_OPTIONS];
    return run('sftp', [...args, `${login}@127.0.0.1`], { stdin: Buffer.concat(lines), cwd: this.local });
  }

  /** The same, let in by a password. */
  sftpWithPassword(login: string, password: string, commands: string): Promise<Ran> {
    const askpass = join(this.dir, `askpass-${login}`);
    writeFileSync(askpass, `#!/bin/sh\necho '${password}'\n`);
    chmodSync(askpass, 0o700);
    const only = ['PreferredAuthentications=password', 'NumberOfPasswordPrompts=1', 'BatchMode=no'];
    const options = [...only.flatMap((option) => ['-o', option]), ...SSH_OPTIONS];
    return run('sftp', [...options, '-b', '-', '-P', String(this.port), `${login}@127.0.0.1`], {
      stdin: Buffer.from(`${commands}\n`),
      cwd: this.local,
      env: { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
    });
  }

  scp(...args: string[]): Promise<Ran> {
    return run('scp', ['-s', '-B', '-P', String(this.port), '-i', this.keyFile, ...SSH_OPTIONS, ...args], {
      cwd: this.local,
    });
  }

  /** For clients that run ssh by themselves. */
  get sshCommand(): string {
    return `ssh -a -x -p ${this.port} -i ${this.keyFile} ${SSH_OPTIONS.join(' ')}`;
  }

  /** The same, for those that take them by themselves. */
  readonly sshOptions: readonly string[] = OPTIONS;

  /** A client that asks for whatever it is told to; `sock`: over that connection. */
  async client(login: string, sock?: Socket): Promise<{ client: Client; sftp: SFTPWrapper }> {
    const client = new Client();
    this.clients.push(client);
    client.once('connect', () => client.setNoDelay(true));
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve).once('error', reject);
      client.connect({
        host: '127.0.0.1',
        port: this.port,
        username: login,
        privateKey: readFileSync(this.keyFile),
        ...(sock && { sock }),
      });
    });
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
      client.sftp((error, opened) => (error ? reject(error) : resolve(opened))),
    );
    return { client, sftp };
  }
}

export function run(
  command: string,
  args: readonly string[],
  options: { stdin?: Buffer; cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  const child = spawn(command, args, { cwd: options.cwd, env: { PATH, HOME: tmpdir(), ...options.env } });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
  });
}

/** Calls a method of ssh2's client: resolves with what it answers, rejects with what it is told. */
export const call = <T = unknown>(
  work: (done: (error?: Error | null, answer?: T) => void) => void,
): Promise<T> =>
  new Promise((resolve, reject) => work((error, answer) => (error ? reject(error) : resolve(answer as T))));
