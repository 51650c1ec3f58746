import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const BIN = resolve(__dirname, '../../apps/cli/bin/nubo');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Given {
  env?: Record<string, string>;
  /** What comes on stdin; nothing unless given. */
  stdin?: string;
}

/** The built `nubo` as a process, with a home of its own. */
export class CliProcesses {
  constructor(
    readonly home: string,
    private readonly url: string,
  ) {}

  get sessionFile(): string {
    return join(this.home, '.config/nubo/session.json');
  }

  /** As `nubo login` leaves it. */
  keepSession(session: object): void {
    mkdirSync(dirname(this.sessionFile), { recursive: true, mode: 0o700 });
    writeFileSync(this.sessionFile, JSON.stringify({ url: this.url, ...session }), { mode: 0o600 });
  }

  /** What a process of this home finds in its environment. */
  get environment(): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'], HOME: this.home, NUBO_URL: this.url };
  }

  start(args: readonly string[], { env = {}, stdin }: Given = {}): ChildProcess {
    const child = spawn(process.execPath, [BIN, ...args], {
      env: { ...this.environment, ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(stdin);
    return child;
  }

  /** Runs to the end. */
  async run(args: readonly string[], given?: Given): Promise<Ended> {
    return ended(this.start(args, given));
  }

  /** Runs, must succeed; answers the JSON that it printed. */
  async json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json']);
    if (code !== 0) throw new Error(`nubo ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }
}

/** What a process said until it ended. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}
