// The program "lab" as people and scripts call it, in labs within the lab that the tests run in.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPopulated, listGroups } from './cgroups';
import { capture, systemEnv, type CommandResult } from './command';
import { labsFolder } from './state';
import { type LabStatus } from './status';

const CLI = join(__dirname, '../dist/lab/cli.js');
const LIBRARY = join(__dirname, '../dist/lab');

function lab(...args: string[]): Promise<CommandResult> {
  return capture([process.execPath, CLI, ...args], { env: { NUBO_LAB: undefined } });
}

function groupsOf(name: string): string[] {
  return listGroups(`nubo-lab-${name}-`);
}

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400 && !condition(); attempt += 1) await sleep(25);
}

describe('lab run', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nubo-cli-spec-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  function start(name: string, ...args: string[]): ChildProcess {
    const argv = [CLI, 'run', '--name', name, ...args];
    return spawn(process.execPath, argv, { env: systemEnv({ NUBO_LAB: undefined }), stdio: 'ignore' });
  }

  function ended(child: ChildProcess): Promise<number | null> {
    return new Promise((resolve) => child.on('exit', (code) => resolve(code)));
  }

  it('passes the program’s exit code on and leaves nothing', async () => {
    const result = await lab(
      'run',
      '--name',
      'c1',
      '--hosts',
      'h1',
      '--',
      'bash',
      '-c',
      'sleep 99 & ip -br link; exit 7',
    );
    expect(result).toMatchObject({
      code: 7,
      stderr: expect.stringContaining('nothing is left of it') as string,
    });
    expect(result.stdout).toMatch(/^lo .*\nunder0/);
    expect(groupsOf('c1')).toEqual([]);
    expect(existsSync(join(labsFolder(), 'c1'))).toBe(false);
  });

  it('dies with all its hosts when it is killed, and the next run removes its files and control groups', async () => {
    const killed = start('c3', '--hosts', 'h1', '--', 'bash', '-c', `touch ${folder}/running; sleep 99`);
    await until(() => existsSync(join(folder, 'running')));
    const [group = ''] = groupsOf('c3');
    expect(isPopulated(`${group}/h1`)).toBe(true);
    killed.kill('SIGKILL');
    await until(() => !isPopulated(group));
    expect(isPopulated(group)).toBe(false);
    const next = await lab('run', '--name', 'c4', '--', 'true');
    expect(next).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('removed what was left of lab c3') as string,
    });
    expect(groupsOf('c3')).toEqual([]);
    expect(existsSync(join(labsFolder(), 'c3'))).toBe(false);
  }, 30_000);

  it('gives an interrupted program time to finish', async () => {
    const script = `trap 'echo done > ${folder}/finished; exit 3' INT; touch ${folder}/ready; while :; do sleep 0.1; done`;
    const child = start('c5', '--', 'bash', '-c', script);
    await until(() => existsSync(join(folder, 'ready')));
    child.kill('SIGINT');
    expect(await ended(child)).toBe(3);
    expect(await readFile(join(folder, 'finished'), 'utf8')).toBe('done\n');
    expect(groupsOf('c5')).toEqual([]);
  }, 30_000);

  it('does not collide with another one at the same time', async () => {
    const script = 'ip -br address show under0; sleep 0.5; ip netns';
    const runs = ['c6', 'c7'].map((name) =>
      lab('run', '--name', name, '--hosts', 'h1', '--', 'bash', '-c', script),
    );
    for (const { code, stdout } of await Promise.all(runs)) {
      expect(code).toBe(0);
      expect(stdout).toContain('10.77.0.1/24');
      expect(stdout.match(/^h1$/gm)).toHaveLength(1);
    }
  }, 30_000);

  it('refuses the name of a lab that runs', async () => {
    const child = start('c8', '--', 'bash', '-c', `touch ${folder}/holds; sleep 99`);
    await until(() => existsSync(join(folder, 'holds')));
    expect(await lab('run', '--name', 'c8', '--', 'true')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('A lab named "c8" exists') as string,
    });
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(143);
  }, 30_000);

  it('makes a port of the program reachable from outside', async () => {
    const script = `const { Lab } = require(${JSON.stringify(LIBRARY)});
      const server = require('node:http').createServer((_, response) => response.end('from inside'));
      server.listen(8080, '127.0.0.1', async () => {
        const url = await (await Lab.attach()).expose(8080);
        require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'url'))}, url);
        setTimeout(() => process.exit(0), 20000);
      });`;
    await writeFile(join(folder, 'serve.js'), script);
    const child = start('c9', '--', process.execPath, join(folder, 'serve.js'));
    await until(() => existsSync(join(folder, 'url')));
    await sleep(50);
    const response = await fetch(await readFile(join(folder, 'url'), 'utf8'));
    expect(await response.text()).toBe('from inside');
    child.kill('SIGTERM');
    await ended(child);
  }, 30_000);
});

describe('lab up', () => {
  it('makes a lab that stays until it is taken down, with hosts that go on and off', async () => {
    expect(await lab('up', '--name', 'd1', '--hosts', 'h1')).toMatchObject({ code: 0 });
    await lab('start', '--name', 'd1', '--hosts', 'h2');
    await lab('off', '--name', 'd1', '--hosts', 'h1');
    const { stdout } = await lab('status', '--name', 'd1', '--json');
    const [status] = JSON.parse(stdout) as LabStatus[];
    expect(status).toMatchObject({ name: 'd1', mode: 'up', alive: true });
    expect(status?.hosts.map(({ name, on }) => [name, on])).toEqual([
      ['h1', false],
      ['h2', true],
    ]);
    expect((await lab('exec', '--name', 'd1', '--', 'ping', '-c1', '10.77.0.12')).code).toBe(0);
    expect(await lab('down', '--name', 'd1')).toMatchObject({ code: 0 });
    expect(groupsOf('d1')).toEqual([]);
    expect((await lab('status', '--name', 'd1')).code).toBe(1);
  }, 120_000);
});
