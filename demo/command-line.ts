/** `nubo` as somebody at a terminal runs it, with a home of their own. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BIN = resolve('apps/cli/bin/nubo');
const TIMEOUT_MS = 240_000;

export class CommandLine {
  constructor(
    private readonly url: string,
    private readonly home: string,
  ) {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  }

  get sessionFile(): string {
    return join(this.home, '.config/nubo/session.json');
  }

  /** Such as `600`; undefined when there is none. */
  get sessionMode(): string | undefined {
    if (!existsSync(this.sessionFile)) return undefined;
    return (statSync(this.sessionFile).mode & 0o777).toString(8);
  }

  /** What it prints. Throws what it says on stderr when it does not end with 0. */
  async run(...args: string[]): Promise<string> {
    const { PATH, NODE_EXTRA_CA_CERTS } = process.env;
    const env = { PATH, NODE_EXTRA_CA_CERTS, HOME: this.home, NUBO_URL: this.url };
    const { stdout } = await run(process.execPath, [BIN, ...args], { env, timeout: TIMEOUT_MS });
    return stdout.trimEnd();
  }

  /** A command and what it prints, as a terminal would show it. */
  async shown(...args: string[]): Promise<string> {
    const quoted = args.map((arg) => (/^[\w.@/:=-]+$/.test(arg) ? arg : `'${arg}'`));
    return `$ nubo ${quoted.join(' ')}\n${await this.run(...args)}`;
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.run(...args, '--json')) as T;
  }
}
