// Runs programs of the machine and collects what they say.
import { spawn } from 'node:child_process';
import { LabError } from './errors';

export interface CommandOptions {
  readonly stdin?: string | Buffer;
  /** Milliseconds until the program is killed (exit code 124). Default 60 000. */
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface CommandResult {
  /** Exit code; 128 + n when signal n ended it, 124 on timeout. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_CODE = 124;
const SBIN = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The environment for programs of the lab: the given one with the system folders on PATH. */
export function systemEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...extra, PATH: `${process.env.PATH ?? ''}:${SBIN}`, LC_ALL: 'C' };
}

/** Runs a program to its end. Throws only when it cannot be started; look at `code` for the rest. */
export function capture(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { env: systemEnv(options.env), stdio: 'pipe' });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, options.timeoutMs ?? 60_000);
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new LabError(`Cannot run ${program}: ${cause.message}`)));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const exit = timedOut ? TIMEOUT_CODE : (code ?? signalCode(signal));
      resolve({ code: exit, stdout: text(out), stderr: text(err) });
    });
  });
}

/** As `capture`, but a program that fails throws a LabError with what it wrote to stderr. */
export async function check(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const result = await capture(argv, options);
  if (result.code === 0) return result.stdout;
  throw new LabError(`${argv.join(' ')} failed (${result.code}): ${result.stderr.trim()}`);
}

const SIGNALS: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** The exit code a shell gives for a program that a signal ended. */
export function signalCode(signal: NodeJS.Signals | null): number {
  return 128 + (signal ? (SIGNALS[signal] ?? 0) : 0);
}

function text(chunks: Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
