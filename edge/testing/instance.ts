/** One instance of the edge image, and its control API. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { capture, check } from '../../lab/command';
import { ask, type Answer } from './http';

export interface InstanceOptions {
  readonly role: 'host' | 'edge' | 'controller' | 'client';
  readonly location?: string;
  /** Address of the host, for edges in pull mode. */
  readonly origin?: string;
  readonly workers?: number;
}

export interface Place {
  readonly root: string;
  readonly bridge: string;
  readonly address: string;
  readonly device: string;
}

export interface Reply<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
}

const NAMESPACES = ['--net', '--mount', '--pid', '--uts', '--ipc'];
const READY_MS = 10_000;

export class Instance {
  readonly token = 'token-of-the-instance';
  private child?: ChildProcess;
  private output = '';

  constructor(
    private readonly place: Place,
    private readonly options: InstanceOptions,
  ) {}

  get address(): string {
    return this.place.address;
  }

  /** Its file system, as this process sees it. */
  get root(): string {
    return this.place.root;
  }

  /** What it has written to its standard error. */
  get log(): string {
    return this.output;
  }

  /** Starts it, again after a `kill` too, and waits until it answers. */
  async start(): Promise<void> {
    const { root, bridge, address, device } = this.place;
    const { role, location = 'loc1', origin = '', workers = 2 } = this.options;
    const argv = [...NAMESPACES, '--fork', '--kill-child', '--propagation', 'private', 'bash'];
    this.child = spawn('unshare', [...argv, join(__dirname, 'instance.sh'), root], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        NUBO_ROLE: role,
        NUBO_TOKEN: this.token,
        NUBO_LOCATION: location,
        NUBO_ORIGIN: origin,
        NUBO_WORKERS: String(workers),
      },
    });
    this.child.stderr?.on('data', (bytes: Buffer) => (this.output += bytes.toString('utf8')));
    const pid = String(this.child.pid);
    await this.until(() => namespace(pid, 'net') !== namespace('self', 'net'));
    const mac = ['address', `02:00:00:00:00:${Number(address.split('.')[3]).toString(16).padStart(2, '0')}`];
    const peer = ['peer', 'name', 'eth0', ...mac, 'netns', pid];
    await check(['ip', 'link', 'add', device, 'type', 'veth', ...peer]);
    await check(['ip', 'link', 'set', device, 'master', bridge, 'up']);
    await check(['nsenter', '-t', pid, '-n', 'ip', 'addr', 'add', `${address}/24`, 'dev', 'eth0']);
    await check(['nsenter', '-t', pid, '-n', 'ip', 'link', 'set', 'eth0', 'up']);
    await this.until(
      async () => (await this.control('GET', '/state').catch(() => undefined))?.status === 200,
    );
  }

  /** Ends it at once; its files stay. */
  async kill(): Promise<void> {
    const child = this.child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    // The kernel would take the namespace's end of the pair, and with it ours, a moment later.
    await capture(['ip', 'link', 'del', this.place.device]);
  }

  /** Stops all its processes without a word: connections are accepted by the kernel, and nobody answers. */
  hang(): void {
    for (const pid of this.pids()) process.kill(pid, 'SIGSTOP');
  }

  wake(): void {
    for (const pid of this.pids()) process.kill(pid, 'SIGCONT');
  }

  /** PIDs, as this process sees them, of all that runs in it. */
  pids(): number[] {
    const [init] = readFileSync(`/proc/${this.child?.pid}/task/${this.child?.pid}/children`, 'utf8').split(
      ' ',
    );
    if (!init) return [];
    const own = namespace(init, 'pid');
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return all.filter((pid) => namespace(pid, 'pid') === own).map(Number);
  }

  /** Asks for content. */
  get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return ask({ host: this.address, path, headers, method });
  }

  /** Asks the control API. An object travels as JSON, bytes as they are. */
  async control<T = Record<string, unknown>>(
    method: string,
    path: string,
    content?: unknown,
    token = this.token,
  ): Promise<Reply<T>> {
    const body = content === undefined || Buffer.isBuffer(content) ? content : JSON.stringify(content);
    const headers = { authorization: `Bearer ${token}` };
    const answer = await ask({ host: this.address, port: 8081, method, path, body, headers });
    // What nginx refuses by itself is no JSON.
    const isJson = answer.headers['content-type']?.endsWith('json');
    return { status: answer.status, body: (isJson ? JSON.parse(answer.text) : answer.text) as T };
  }

  private async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const end = Date.now() + READY_MS;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`${this.address} is not there in time: ${this.output}`);
      await sleep(20);
    }
  }
}

function namespace(pid: string, kind: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}
