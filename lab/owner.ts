// Makes and ends labs, from outside.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { joinGroup, unifiedFolder } from './cgroups';
import { signalCode, systemEnv } from './command';
import { LabError } from './errors';
import { OWNER_SOCKET, serveExposures } from './expose';
import { CONTROLLER_ADDRESS, OUTSIDE_ADDRESS, UNDERLAY } from './members';
import { type Signals } from './signals';
import { claim, destroy, saveState, type LabState, type Mode } from './state';

const KEEPER = join(__dirname, 'keeper.sh');
const MEMBERS = [UNDERLAY, CONTROLLER_ADDRESS, 'fd77::1', OUTSIDE_ADDRESS, 'fd77::200'];

/** A lab this process made, and the control group this process came from. */
export interface OwnedLab {
  readonly state: LabState;
  readonly home: string;
}

/** Makes a lab: fabric, controller and outside client, no hosts yet. In mode `run` it dies with this process. */
export async function createLab(name: string, mode: Mode): Promise<OwnedLab> {
  const { state, home } = claim(name, mode);
  const keeper = startKeeper(state);
  const ready = await firstByte(keeper.stdio[3] as Readable);
  if (!ready) {
    const reason = await readAll(keeper.stderr);
    await endLab({ state, home });
    throw new LabError(`The lab could not be made:\n${reason.trim()}`);
  }
  keeper.stderr?.destroy();
  keeper.unref();
  const complete = { ...state, keeper: keeper.pid };
  saveState(complete);
  if (mode === 'up') joinGroup(home);
  return { state: complete, home };
}

/** Ends a lab that this process made. */
export async function endLab({ state, home }: OwnedLab): Promise<void> {
  joinGroup(home);
  await destroy(state);
}

// The holder of a lab that stays is its owner; otherwise this process is, and the kernel kills the holder when it dies.
function startKeeper(state: LabState): ChildProcess {
  const unshare = ['unshare', '--net', '--mount', '--propagation', 'private', '--ipc', '--pid', '--fork'];
  const holder = [...unshare, '--kill-child', '--mount-proc', 'bash', KEEPER, ...MEMBERS];
  const argv =
    state.mode === 'up' ? holder : inGroup(state, ['setpriv', '--pdeathsig', 'KILL', '--', ...holder]);
  const [program = '', ...args] = argv;
  const stdio: ('ignore' | 'pipe')[] = ['ignore', 'ignore', 'pipe', 'pipe'];
  return spawn(program, args, { env: systemEnv(), stdio, detached: true });
}

function inGroup(state: LabState, argv: readonly string[]): string[] {
  const procs = join(unifiedFolder(`${state.group}/ctl`), 'cgroup.procs');
  return ['bash', '-c', 'echo 0 >"$0" && exec "$@"', procs, ...argv];
}

/**
 * Runs a program on the controller's ground of a lab, with this process' terminal. Signals go to the program. Returns its exit
 * code as a shell would.
 */
export async function runInLab(state: LabState, argv: readonly string[], signals: Signals): Promise<number> {
  const exposures = await serveExposures(state.directory);
  const [program = '', ...args] = inGroup(state, [...enterLab(state), ...argv]);
  const env = {
    ...process.env,
    NUBO_LAB: join(state.directory, 'lab.json'),
    [OWNER_SOCKET]: exposures.socket,
  };
  // A session of its own: Ctrl-C reaches only this process, which passes it on.
  const child = spawn(program, args, { env, stdio: 'inherit', detached: true });
  try {
    return await signals.during((signal) => signalProgram(child, signal), exitOf(child));
  } finally {
    exposures.close();
  }
}

function enterLab(state: LabState): string[] {
  const pid = `--pid=/proc/${state.keeper}/ns/pid_for_children`;
  return [
    'nsenter',
    `--target=${state.keeper}`,
    '--mount',
    '--net',
    '--ipc',
    pid,
    `--wdns=${process.cwd()}`,
    '--',
  ];
}

// nsenter waits for the program, which is its only child, and ends as it ends.
function signalProgram(child: ChildProcess, signal: NodeJS.Signals): void {
  const pid = Number(readChildren(child.pid ?? 0).split(' ')[0]);
  if (pid > 0) process.kill(pid, signal);
  else child.kill(signal);
}

function readChildren(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return '';
  }
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => reject(new LabError(cause.message)));
    child.on('exit', (code, signal) => resolve(code ?? signalCode(signal)));
  });
}

function firstByte(channel: Readable): Promise<boolean> {
  return new Promise((resolve) => {
    channel.once('data', () => resolve(true));
    channel.once('end', () => resolve(false));
    channel.once('error', () => resolve(false));
  });
}

async function readAll(stream: Readable | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}
