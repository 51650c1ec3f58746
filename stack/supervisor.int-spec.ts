import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessSpec } from './child';
import { projectRoot, removeFolder } from './files';
import { identify, isAlive, type ProcessIdentity } from './process-table';
import { Supervisor } from './supervisor';
import { temporaryFolder } from './testing';
import { waitWhile } from './wait';

jest.setTimeout(60_000);

describe('the supervisor', () => {
  let folder: string;
  let supervisor: Supervisor | undefined;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(async () => {
    await supervisor?.stop();
    supervisor = undefined;
    removeFolder(folder);
  });

  const open = async (): Promise<Supervisor> =>
    (supervisor = await Supervisor.open({ dir: join(folder, 'run'), readyTimeoutMs: 5_000 }));
  const noted = (): string[] => readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n');

  it('brings back what dies', async () => {
    const [process] = await (await open()).start(noting(folder, 'a'));
    const first = process.pid;
    process.kill('SIGKILL');
    await process.untilReady(5_000);
    expect(process.pid).not.toBe(first);
  });

  it('ends what was started last first', async () => {
    const running = await open();
    await running.start(noting(folder, 'server'));
    await running.start(noting(folder, 'service'));
    await running.stop();
    expect(noted()).toEqual(['server started', 'service started', 'service ended', 'server ended']);
  });

  it('kills what does not want to end', async () => {
    const spec = {
      ...shell(folder, 'stubborn', "trap '' TERM; touch ready-stubborn; while :; do sleep 0.1; done"),
      stopTimeoutMs: 200,
    };
    const running = await open();
    const [process] = await running.start(spec);
    const stubborn = identify(process.pid as number) as ProcessIdentity;
    await running.stop();
    expect(isAlive(stubborn)).toBe(false);
  });

  it('gives up on a process that cannot start, and says where its log is', async () => {
    const broken = shell(folder, 'broken', 'echo "port is taken"; exit 3');
    const start = (await open()).start(broken);
    await expect(start).rejects.toThrow(
      /broken did not start: exit code 3; log: .*broken\.log\n(.*\n)*port is taken/,
    );
  });

  it('takes a deliberate stop for what it is, and starts the process again when asked', async () => {
    const [process] = await (await open()).start(noting(folder, 'bus'));
    await process.stop();
    expect(process.pid).toBeUndefined();
    await process.start(5_000);
    expect(noted()).toEqual(['bus started', 'bus ended', 'bus started']);
  });

  it('bounds the log of a process that goes on writing', async () => {
    const logs = { bytes: 10_000, everyMs: 50 };
    supervisor = await Supervisor.open({ dir: join(folder, 'run'), readyTimeoutMs: 5_000, logs });
    const line = 'x'.repeat(99);
    const chatty = shell(folder, 'chatty', `touch ready-chatty; while :; do echo ${line}; sleep 0.002; done`);
    const [process] = await supervisor.start(chatty);
    const size = (path: string): number => (existsSync(path) ? statSync(path).size : 0);
    const aside = (): string | undefined => (size(`${chatty.log}.1`) > 10_000 ? undefined : 'not yet aside');
    expect(await waitWhile(aside, { timeoutMs: 20_000 })).toBeUndefined();
    const small = (): string | undefined => (size(chatty.log) <= 10_000 ? undefined : 'still large');
    expect(await waitWhile(small, { timeoutMs: 10_000, everyMs: 1 })).toBeUndefined();
    const before = size(chatty.log);
    const grows = (): string | undefined => (size(chatty.log) === before ? 'it stands still' : undefined);
    expect(await waitWhile(grows, { timeoutMs: 10_000, everyMs: 1 })).toBeUndefined();
    expect(readFileSync(chatty.log, 'utf8')).not.toContain('\0');
    expect(process.pid).toBeDefined();
  });

  it('refuses a folder in which another supervisor works', async () => {
    await open();
    await expect(Supervisor.open({ dir: join(folder, 'run') })).rejects.toThrow(
      `runs already (pid ${process.pid}`,
    );
  });

  describe('that is killed with kill -9', () => {
    it('takes its processes with it', async () => {
      const other = await supervisorElsewhere(folder);
      const orphan = recorded(folder);
      other.kill('SIGKILL');
      expect(
        await waitWhile(() => (isAlive(orphan) ? 'an orphan' : undefined), { timeoutMs: 5_000 }),
      ).toBeUndefined();
    });

    it('leaves a folder that the next one can use, which ends what is still there', async () => {
      const other = await supervisorElsewhere(folder);
      other.kill('SIGKILL');
      await new Promise((resolve) => other.once('exit', resolve));
      const leftover = spawn('sleep', ['60'], { stdio: 'ignore' });
      const entry = { ...identify(leftover.pid as number), name: 'sleep', stopSignal: 'SIGTERM' };
      writeFileSync(join(folder, 'run', 'processes.json'), JSON.stringify([entry]));
      await open();
      expect(isAlive(entry as unknown as ProcessIdentity)).toBe(false);
    });

    it('does not make the next one end a stranger that has got the pid', async () => {
      const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
      const { pid } = identify(stranger.pid as number) as ProcessIdentity;
      await (await open()).stop();
      writeFileSync(
        join(folder, 'run', 'processes.json'),
        JSON.stringify([{ pid, started: 'boot:1', name: 'x', stopSignal: 'SIGKILL' }]),
      );
      await open();
      expect(identify(pid)).toBeDefined();
      stranger.kill();
    });
  });
});

/** Writes down when it starts and ends. */
function noting(folder: string, name: string): ProcessSpec {
  const note = (what: string): string => `echo ${name} ${what} >>notes`;
  return shell(
    folder,
    name,
    `trap '${note('ended')}; exit 0' TERM; ${note('started')}; touch ready-${name}; while :; do sleep 0.05; done`,
  );
}

/** Ready when the script has made the file `ready-<name>`. */
function shell(folder: string, name: string, script: string): ProcessSpec {
  const ready = join(folder, `ready-${name}`);
  return {
    name,
    command: '/bin/sh',
    args: ['-c', script],
    cwd: folder,
    log: join(folder, `${name}.log`),
    notReady: async () => (existsSync(ready) ? undefined : `no ${ready}`),
  };
}

/** A supervisor in a process of its own, which runs one process. */
async function supervisorElsewhere(folder: string): Promise<ChildProcess> {
  const built = join(folder, 'built');
  const swc = join(projectRoot(), 'node_modules/@swc/cli/bin/swc.js');
  execFileSync(process.execPath, [swc, 'stack', '-d', built], { cwd: projectRoot(), stdio: 'ignore' });
  const script = `
    const { Supervisor } = require(${JSON.stringify(join(built, 'stack/supervisor.js'))});
    const spec = { name: 'sleep', command: 'sleep', args: ['300'], log: 'sleep.log', notReady: async () => undefined };
    Supervisor.open({ dir: 'run' }).then((s) => s.start({ ...spec, log: process.cwd() + '/sleep.log' })).then(() => console.log('up'));`;
  const child = spawn(process.execPath, ['-e', script], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

function recorded(folder: string): ProcessIdentity {
  const [entry] = JSON.parse(
    readFileSync(join(folder, 'run', 'processes.json'), 'utf8'),
  ) as ProcessIdentity[];
  return entry;
}
