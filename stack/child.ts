/** One process of ours: it writes to a log file and dies when we die. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type Owner } from './files';
import { boundLog } from './logs';
import { sendSignal } from './process-table';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process; ours when absent. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Path of the file that takes stdout and stderr. */
  readonly log: string;
  /** Only root can start a process as another user. */
  readonly user?: Owner;
  /** What the kernel sends it when the process that started it dies. Default KILL. */
  readonly deathSignal?: 'KILL' | 'INT';
  /** Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** After this long a process that is asked to stop is killed. Default 10 s. */
  readonly stopTimeoutMs?: number;
  /** Runs before every start, also before a restart. */
  readonly prepare?: () => Promise<void>;
  /** Undefined = ready; otherwise what it still waits for. */
  readonly notReady: (pid: number) => Promise<string | undefined>;
}

export interface Child {
  readonly pid: number;
  readonly exited: Promise<string>;
  isRunning(): boolean;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Throws when the command cannot be started at all. */
export async function launch(spec: ProcessSpec): Promise<Child> {
  await spec.prepare?.();
  const log = openLog(spec.log);
  try {
    const child = spawn(...commandLine(spec), {
      cwd: spec.cwd ?? '/',
      env: spec.env ?? process.env,
      stdio: ['ignore', log, log],
      detached: true,
    });
    await spawned(child, spec);
    return running(child, spec);
  } finally {
    closeSync(log);
  }
}

function running(child: ChildProcess, spec: ProcessSpec): Child {
  const pid = child.pid as number;
  let exit: string | undefined;
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = signal ? `killed by ${signal}` : `exit code ${code}`;
      resolve(exit);
    });
  });
  const isRunning = (): boolean => exit === undefined;
  const signal = (name: NodeJS.Signals): void => void (isRunning() && sendSignal(pid, name));
  const stop = async (): Promise<void> => {
    signal(spec.stopSignal ?? 'SIGTERM');
    const timer = setTimeout(() => signal('SIGKILL'), spec.stopTimeoutMs ?? 10_000);
    await exited;
    clearTimeout(timer);
  };
  return { pid, exited, isRunning, signal, stop };
}

/** The last lines of a log, for the message of an error. */
export function logTail(path: string, lines = 8): string {
  if (!existsSync(path)) return '';
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/** Full path of a program on PATH, or in the system folders that a user's PATH leaves out. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((dir) => join(dir, name)).find(isExecutable);
}

/**
 * setpriv (util-linux) arms PR_SET_PDEATHSIG and then becomes the program: same pid, and no server outlives
 * a supervisor that was killed.
 */
function commandLine({ command, args, user, deathSignal }: ProcessSpec): [string, string[]] {
  const setpriv = findProgram('setpriv');
  if (!setpriv) throw new Error('setpriv is missing (Debian package util-linux)');
  const identity = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  return [setpriv, [...identity, '--pdeathsig', deathSignal ?? 'KILL', '--', command, ...args]];
}

function spawned(child: ChildProcess, spec: ProcessSpec): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${spec.name}: ${spec.command}: ${error.message}`)));
  });
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  boundLog(path);
  return openSync(path, 'a', 0o600);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
