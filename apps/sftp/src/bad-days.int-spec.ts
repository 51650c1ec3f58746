import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { unavailable } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import type { Client, SFTPWrapper } from 'ssh2';
import { call, World } from './testing/world';

const UNFINISHED = 0o1000;
const MB = 1_000_000;
const content = randomBytes(5 * MB);

/** The program itself, as it is built: to be killed, and to be weighed. */
class Program {
  private child?: ChildProcess;

  constructor(private readonly world: World) {}

  /** Resolves with its port. */
  async start(): Promise<number> {
    const { url, secret, dir } = this.world.hosting;
    const main = join(__dirname, '../../../dist/apps/sftp/src/main.js');
    this.child = spawn(process.execPath, [main], {
      env: {
        NUBO_SFTP_LISTEN: '127.0.0.1',
        NUBO_SFTP_PORT: '0',
        NUBO_HTTP_PORT: '0',
        NUBO_DATA_DIR: join(this.world.dir, 'data'),
        NUBO_HOSTING_URL: url,
        NUBO_SFTP_SECRET: secret,
        NUBO_HOSTING_DIR: dir,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: this.child.stdout as NodeJS.ReadableStream })) {
      const { msg, port } = JSON.parse(line) as { msg: string; port: number };
      if (msg === 'sftp listens') {
        this.child.stdout?.resume();
        return port;
      }
    }
    throw unavailable('sftp_away', 'sftp did not start');
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    return gone;
  }

  /** Most memory that it has had, bytes. */
  get peak(): number {
    const status = readFileSync(`/proc/${this.child?.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }
}

const world = new World();
const program = new Program(world);
beforeAll(async () => {
  await world.start();
  world.port = await program.start();
});
afterAll(async () => {
  await program.kill();
  await world.stop();
});

const site = (login: string, name = ''): string => join(world.hosting.site(login), name);
const isMarked = (path: string): boolean => (statSync(path).mode & UNFINISHED) !== 0;
const socketOf = (client: Client): Socket => (client as unknown as { _sock: Socket })._sock;

/** Writes the beginning of a file and leaves it open. */
async function begin(sftp: SFTPWrapper, path: string, bytes: number): Promise<void> {
  const handle = await call<Buffer>((done) => sftp.open(path, 'w', done));
  await call((done) => sftp.write(handle, content, 0, bytes, 0, done));
}

describe('an upload that ends in the middle', () => {
  it('is marked from its first byte on, and not when it is done', async () => {
    world.project('marks');
    const { sftp } = await world.client('marks');
    const handle = await call<Buffer>((done) => sftp.open('/site/page', 'w', done));
    expect(isMarked(site('marks', 'page'))).toBe(true);
    await call((done) => sftp.chmod('/site/page', 0o644, done));
    expect(isMarked(site('marks', 'page'))).toBe(true);
    expect((await call<{ mode: number }>((done) => sftp.stat('/site/page', done))).mode & UNFINISHED).toBe(0);
    await call((done) => sftp.close(handle, done));
    expect(isMarked(site('marks', 'page'))).toBe(false);
    await call((done) => sftp.chmod('/site/page', 0o1644, done));
    expect(isMarked(site('marks', 'page'))).toBe(false);
  });

  it('is marked until the last of two that write to it is done', async () => {
    world.project('last');
    const { sftp } = await world.client('last');
    const [one, two] = await Promise.all(
      ['w', 'r+'].map((how) => call<Buffer>((done) => sftp.open('/site/page', how as 'w', done))),
    );
    await call((done) => sftp.close(one, done));
    expect(isMarked(site('last', 'page'))).toBe(true);
    await call((done) => sftp.close(two, done));
    expect(isMarked(site('last', 'page'))).toBe(false);
  });

  it('because the connection broke is still marked, and is gone on with', async () => {
    world.project('broken');
    const { client, sftp } = await world.client('broken');
    client.on('error', () => undefined);
    await begin(sftp, '/site/long', 200_000);
    await eventually(() => world.hosting.told('broken').some(({ writers }) => writers === 1));
    socketOf(client).destroy();
    await eventually(() => world.hosting.ended.length > 0);
    expect(world.hosting.told('broken').at(-1)?.writers).toBe(0);
    expect(isMarked(site('broken', 'long'))).toBe(true);
    expect(statSync(site('broken', 'long')).size).toBe(200_000);
    world.file('long', content);
    expect(await world.sftp('broken', ['reput long'])).toMatchObject({ code: 0 });
    expect(readFileSync(site('broken', 'long')).equals(content)).toBe(true);
    expect(isMarked(site('broken', 'long'))).toBe(false);
  });

  it('because the server was killed is still marked, under its own name only, and is gone on with', async () => {
    world.project('killed');
    const { client, sftp } = await world.client('killed');
    client.on('error', () => undefined);
    await begin(sftp, '/site/long', 200_000);
    await program.kill();
    expect(readdirSync(site('killed'))).toEqual(['long']);
    expect(isMarked(site('killed', 'long'))).toBe(true);
    world.port = await program.start();
    world.file('long', content);
    expect(await world.sftp('killed', ['reput long'])).toMatchObject({ code: 0 });
    expect(readFileSync(site('killed', 'long')).equals(content)).toBe(true);
    expect(isMarked(site('killed', 'long'))).toBe(false);
  });
});

describe('what was uploaded last', () => {
  const { hosting } = world;
  const toldOf = (login: string): boolean =>
    hosting.told(login).some(({ touched }) => touched) &&
    [...hosting.sessions].some(([id, session]) => session.login === login && hosting.ended.includes(id));

  it('is told when hosting is back, though the client has gone', async () => {
    world.project('left');
    const { client, sftp } = await world.client('left');
    hosting.away = 503;
    await call((done) => sftp.mkdir('/site/x', done));
    await eventually(() => hosting.refused > 0);
    const before = hosting.refused;
    client.end();
    await eventually(() => hosting.refused > before);
    hosting.away = undefined;
    await eventually(() => toldOf('left'));
  });

  it('is told before the server stops', async () => {
    world.project('stopped');
    const { client, sftp } = await world.client('stopped');
    client.on('error', () => undefined);
    await call((done) => sftp.mkdir('/site/x', done));
    await program.kill('SIGTERM');
    expect(toldOf('stopped')).toBe(true);
    world.port = await program.start();
  });
});

describe('two sessions at once', () => {
  it('bring their files whole', async () => {
    world.project('both');
    for (const who of ['a', 'b']) {
      mkdirSync(join(world.local, who), { recursive: true });
      for (let n = 0; n < 30; n += 1)
        writeFileSync(join(world.local, who, `${who}${n}`), content.subarray(n * 1_000, n * 3_000));
    }
    await world.sftp('both', ['mkdir all']);
    const ran = await Promise.all(['a', 'b'].map((who) => world.sftp('both', [`put ${who}/* all/`])));
    expect(ran.map(({ code }) => code)).toEqual([0, 0]);
    const names = readdirSync(site('both', 'all'));
    expect(names).toHaveLength(60);
    for (const name of names) {
      const n = Number(name.slice(1));
      expect(isMarked(site('both', `all/${name}`))).toBe(false);
      expect(readFileSync(site('both', `all/${name}`)).equals(content.subarray(n * 1_000, n * 3_000))).toBe(
        true,
      );
    }
  });
});

describe('the memory of the server', () => {
  const COUNT = 100_000;

  afterAll(() => execFileSync('umount', ['-l', site('many')]));

  it('does not grow with the number of files', async () => {
    world.project('many');
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', site('many')]);
    for (let n = 0; n < COUNT / 2; n += 1) {
      if (n % 1_000 === 0) mkdirSync(site('many', `d${n / 1_000}`));
      writeFileSync(site('many', `d${Math.floor(n / 1_000)}/f${n}`), '');
    }
    mkdirSync(site('many', 'flat'));
    for (let n = 0; n < COUNT / 2; n += 1)
      writeFileSync(site('many', `flat/a-rather-long-name-of-a-file-${n}`), '');
    const before = program.peak;
    const { sftp } = await world.client('many');
    await call((done) => sftp.writeFile('/site/one-more', 'counted', done));
    const folder = await call<Buffer>((done) => sftp.opendir('/site/flat', done));
    let seen = 0;
    for (;;) {
      const names = await call<unknown[]>((done) => sftp.readdir(folder, done)).catch(() => []);
      if (names.length === 0) break;
      seen += names.length;
    }
    expect(seen).toBe(COUNT / 2);
    expect(program.peak - before).toBeLessThan(80 * MB);
  }, 120_000);

  /** A client that reads nothing any more. */
  async function glutton(window: number): Promise<{ client: Client; sftp: SFTPWrapper; read: () => void }> {
    world.project('glutton');
    writeFileSync(site('glutton', 'big'), content);
    const { client, sftp } = await world.client('glutton');
    client.on('error', () => undefined);
    const handle = await call<Buffer>((done) => sftp.open('/site/big', 'r', done));
    const { _protocol: protocol } = client as unknown as { _protocol: { channelWindowAdjust: Adjust } };
    if (window > 0)
      protocol.channelWindowAdjust((sftp as unknown as { outgoing: { id: number } }).outgoing.id, window);
    socketOf(client).pause();
    const into = Buffer.alloc(250_000);
    return { client, sftp, read: () => sftp.read(handle, into, 0, into.length, 0, () => undefined) };
  }
  type Adjust = (channel: number, bytes: number) => void;
  type Send = (channel: number, data: Buffer) => void;

  it.each([
    ['within the channel’s window', 0],
    ['with a window of 1 GB', 1e9],
  ])('does not grow with what a client asks for and does not take, %s', async (_how, window) => {
    const before = program.peak;
    const { client, read } = await glutton(window);
    for (let n = 0; n < 4_000; n += 1) read();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(program.peak - before).toBeLessThan(80 * MB);
    socketOf(client).destroy();
    expect(await world.sftp('glutton', ['ls'])).toMatchObject({ code: 0 });
  });

  it('does not grow with what a client sends without being asked to', async () => {
    const { client, sftp, read } = await glutton(1e9);
    for (let n = 0; n < 200; n += 1) read();
    const ended = world.hosting.ended.length;
    const { _protocol: protocol } = client as unknown as { _protocol: { channelData: Send } };
    const { outgoing } = sftp as unknown as { outgoing: { id: number } };
    const before = program.peak;
    for (let n = 0; n < 10_000 && world.hosting.ended.length === ended; n += 1) {
      protocol.channelData(outgoing.id, content.subarray(0, 32_000));
      if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await eventually(() => world.hosting.ended.length > ended);
    expect(program.peak - before).toBeLessThan(80 * MB);
    socketOf(client).destroy();
  });
});
