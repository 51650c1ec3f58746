/** An embedded PostgreSQL 18 server. */
import { execFile } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { closedFolder, type Owner, ownFolder, removeFolder, serverUser } from './files';
import { postgresBinaries } from './postgres-binaries';
import { processesIn, sendSignal } from './process-table';
import { type PreparedServer, type Server, startServer } from './server';
import { waitWhile } from './wait';

export interface PostgresOptions {
  /** Data folder; made at the first start. */
  readonly dir: string;
  readonly port: number;
  readonly password: string;
  /** Off only for data that nobody wants to keep. */
  readonly fsync: boolean;
  /** Default `<dir>.log`. */
  readonly log?: string;
  /** Postgres refuses to run as root; default nobody (65534) when we are root. */
  readonly user?: Owner;
}

const USER = 'nubo';
const DATABASE = 'nubo';
const run = promisify(execFile);

/** Starts Postgres and waits until it takes connections. Throws with the end of its log. */
export async function startPostgres(options: PostgresOptions): Promise<Server> {
  const { spec, url } = await preparePostgres(options);
  return startServer(spec, url, 60_000);
}

/** The spec is what a supervisor starts and restarts; its `prepare` makes the data folder if it is missing. */
export async function preparePostgres(options: PostgresOptions): Promise<PreparedServer> {
  const owner = options.user ?? serverUser();
  const home = await postgresBinaries();
  const { dir, port, password } = options;
  return {
    url: `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE}`,
    spec: {
      name: 'postgres',
      command: join(home, 'bin', 'postgres'),
      args: ['-D', dir, ...settings(options).flatMap((setting) => ['-c', setting])],
      env: environment(),
      log: options.log ?? `${dir}.log`,
      user: owner,
      // Fast shutdown: sessions are ended, a checkpoint is written.
      deathSignal: 'INT',
      stopSignal: 'SIGINT',
      stopTimeoutMs: 30_000,
      prepare: async () => {
        if (!existsSync(join(dir, 'PG_VERSION'))) await initialise(home, options, owner);
        await clearLeftovers(dir);
      },
      notReady: async (pid) => postmasterState(dir, pid),
    },
  };
}

function settings({ port, fsync }: PostgresOptions): string[] {
  return [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=200',
    `shared_buffers=${fsync ? '128MB' : '32MB'}`,
    // Shared memory as files in the data folder: a killed server leaves nothing in /dev/shm.
    'dynamic_shared_memory_type=mmap',
    // Commits still reach the kernel before they are answered: kill -9 loses nothing, only a power cut does.
    ...(fsync ? [] : ['fsync=off', 'full_page_writes=off']),
  ];
}

/** initdb works in a folder of another name: what is half-made is never taken for a database. */
async function initialise(
  home: string,
  { dir, password, fsync }: PostgresOptions,
  owner?: Owner,
): Promise<void> {
  const closed = owner && closedFolder(join(dir, '..'));
  if (closed)
    throw new Error(
      `Postgres cannot reach ${dir}: ${closed} is closed to other users; choose another data folder`,
    );
  const draft = `${dir}.new`;
  removeFolder(draft);
  ownFolder(draft, owner);
  const secrets = mkdtempSync(join(tmpdir(), 'nubo-initdb-'));
  try {
    const passwordFile = secretFile(secrets, password, owner);
    await runTool(join(home, 'bin', 'initdb'), initArguments(draft, passwordFile, fsync), owner);
    await createDatabase(home, draft, owner);
    rmSync(dir, { recursive: true, force: true });
    renameSync(draft, dir);
  } finally {
    removeFolder(secrets);
  }
}

function initArguments(dir: string, passwordFile: string, fsync: boolean): string[] {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = [`--username=${USER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  return ['-D', dir, ...login, ...locale, ...(fsync ? [] : ['--no-sync'])];
}

/** Single-user mode reads statements from stdin, one a line, and needs no connection. */
async function createDatabase(home: string, dir: string, owner?: Owner): Promise<void> {
  await runTool(
    join(home, 'bin', 'postgres'),
    ['--single', '-D', dir, 'postgres'],
    owner,
    `CREATE DATABASE ${DATABASE}\n`,
  );
}

async function runTool(command: string, args: string[], owner?: Owner, input = ''): Promise<void> {
  const running = run(command, args, { ...owner, cwd: '/', env: environment() });
  running.child.stdin?.end(input);
  await running;
}

function secretFile(folder: string, password: string, owner?: Owner): string {
  const path = join(folder, 'password');
  writeFileSync(path, `${password}\n`, { mode: 0o600 });
  if (owner) [folder, path].forEach((p) => chownSync(p, owner.uid, owner.gid));
  return path;
}

function environment(): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * After kill -9 of the postmaster its backends live on for a moment, and Postgres refuses to start ("pre-existing
 * shared memory block is still in use"). Every Postgres process works in its data folder: wait until none is left,
 * then the lock file is stale whatever pid it names.
 */
async function clearLeftovers(dir: string): Promise<void> {
  const folder = realpathSync(dir);
  const others = (): string | undefined => processesIn(folder).join(', ') || undefined;
  let left = await waitWhile(others, { timeoutMs: 1_000 });
  if (left) left = await endAll(folder, others);
  if (left) throw new Error(`Postgres processes still use ${dir}: ${left}`);
  rmSync(join(dir, 'postmaster.pid'), { force: true });
}

async function endAll(folder: string, others: () => string | undefined): Promise<string | undefined> {
  processesIn(folder).forEach((pid) => sendSignal(pid, 'SIGQUIT'));
  return waitWhile(others, { timeoutMs: 10_000 });
}

/** Line 1 of postmaster.pid is the pid, line 8 the state that pg_ctl waits for (PostgreSQL ≥ 10). */
function postmasterState(dir: string, pid: number): string | undefined {
  const path = join(dir, 'postmaster.pid');
  if (!existsSync(path)) return 'no postmaster.pid yet';
  const lines = readFileSync(path, 'utf8').split('\n');
  if (Number(lines[0]) !== pid) return 'not started yet';
  return lines[7]?.trim() === 'ready' ? undefined : `state ${lines[7]?.trim() || 'unknown'}`;
}
