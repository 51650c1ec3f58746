import { randomBytes } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { newPrivateKey } from '@nubo/remote';
import { eventually } from '@nubo/testing';
import {
  BaseAgent,
  Client,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
  utils,
} from 'ssh2';
import { hostKey } from './connections/host-key.driver';
import { call, World } from './testing/world';

const DENIED_MS = 400;

const world = new World();
beforeAll(async () => {
  await world.start({
    admission: { perAddress: 6, waitingPerAddress: 3 },
    authentication: { tries: 3, keys: 4, deniedMs: DENIED_MS },
    graceMs: 1_500,
  });
  world.project('ann');
});
afterAll(() => world.stop());
afterEach(() => (world.hosting.away = undefined));

/** How long a wrong password takes, ms. */
async function denied(login: string): Promise<number> {
  const began = performance.now();
  expect((await world.sftpWithPassword(login, 'wrong', 'ls')).code).not.toBe(0);
  return performance.now() - began;
}

describe('a wrong password', () => {
  it('takes its time, whether the login is there or not', async () => {
    expect(await denied('ann')).toBeGreaterThan(DENIED_MS);
    expect(await denied('nobody')).toBeGreaterThan(DENIED_MS);
  });

  it('is tried so often on a connection, and not more', async () => {
    const before = world.hosting.asked.length;
    const client = new Client();
    const end = new Promise<void>((resolve) => {
      client.once('close', () => resolve()).on('error', () => undefined);
    });
    client.connect({
      host: '127.0.0.1',
      port: world.port,
      username: 'ann',
      authHandler: (_left, _partial, next) => next({ type: 'password', username: 'ann', password: 'wrong' }),
    });
    await end;
    expect(world.hosting.asked.length - before).toBe(3);
  });

  it('is what everything is while nobody can say who may', async () => {
    world.hosting.away = 503;
    expect((await world.sftp('ann', 'ls')).code).not.toBe(0);
    expect((await world.sftpWithPassword('ann', 'pass-ann', 'ls')).code).not.toBe(0);
  });
});

describe('a key', () => {
  it('of somebody else, or with a false signature, opens nothing', async () => {
    world.hosting.add('bob', { keys: [] });
    expect((await world.sftp('bob', 'ls')).code).not.toBe(0);
    const asked = world.hosting.asked.length;
    const client = new Client();
    const end = new Promise<void>((resolve) => {
      client.once('close', () => resolve()).on('error', () => undefined);
    });
    const ready = jest.fn();
    client.on('ready', ready);
    client.connect({
      host: '127.0.0.1',
      port: world.port,
      username: 'ann',
      authHandler: (_left, _partial, next) => next({ type: 'agent', username: 'ann', agent: new Forger() }),
    });
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 4 * DENIED_MS))]);
    client.end();
    expect(ready).not.toHaveBeenCalled();
    expect(world.hosting.asked).toHaveLength(asked);
  });

  it('is asked about so often on a connection, and not more', async () => {
    const client = new Client();
    let asked = 0;
    const end = new Promise<void>((resolve) => {
      client.once('close', () => resolve()).on('error', () => undefined);
    });
    client.connect({
      host: '127.0.0.1',
      port: world.port,
      username: 'ann',
      authHandler: (_left, _partial, next) => {
        asked += 1;
        next({ type: 'publickey', username: 'ann', key: newPrivateKey() });
      },
    });
    await end;
    expect(asked).toBe(5);
  });

  it('of the server is made once, and read by nobody else', () => {
    const file = join(world.dir, 'own/host_key');
    const key = hostKey(file);
    expect(hostKey(file)).toBe(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    writeFileSync(`${file}2`, key, { mode: 0o644 });
    expect(() => hostKey(`${file}2`)).toThrow('can be read by others');
  });
});

const parsed = (key: string): ParsedKey => utils.parseKey(key) as ParsedKey;

/** Holds the public half of Ann’s key, and signs with another. */
class Forger extends BaseAgent<ParsedKey> {
  private readonly own = parsed(newPrivateKey());

  getIdentities(done: IdentityCallback<ParsedKey>): void {
    done(undefined, [parsed(world.publicKey)]);
  }

  sign(_key: ParsedKey, data: Buffer, options: SigningRequestOptions, done?: SignCallback): void;
  sign(_key: ParsedKey, data: Buffer, done: SignCallback): void;
  sign(_key: ParsedKey, data: Buffer, ...rest: unknown[]): void {
    (rest.at(-1) as SignCallback)(undefined, this.own.sign(data));
  }
}

describe('connections of one address', () => {
  const sockets: Socket[] = [];
  const connect = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = createConnection(world.port, '127.0.0.1', () => resolve(socket));
      sockets.push(socket.on('error', () => undefined));
    });
  const ended = (socket: Socket): Promise<boolean> =>
    eventually(() => socket.destroyed || socket.readableEnded).then(() => true);
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

  it('that say nothing are so many, and hung up on', async () => {
    const silent = await Promise.all([connect(), connect(), connect()]);
    silent.forEach((socket) => socket.resume());
    const fourth = await connect();
    fourth.resume();
    await ended(fourth);
    expect(silent.filter(({ destroyed }) => destroyed)).toHaveLength(0);
    await Promise.all(silent.map(ended));
    expect(await world.sftp('ann', 'ls')).toMatchObject({ code: 0, err: '' });
  });

  it('are so many when they are logged in', async () => {
    const six = await Promise.all([1, 2, 3].map(() => world.client('ann')));
    six.push(...(await Promise.all([1, 2, 3].map(() => world.client('ann')))));
    expect((await world.sftp('ann', 'ls')).code).not.toBe(0);
    six.forEach(({ client }) => client.end());
    await eventually(async () => (await world.sftp('ann', 'ls')).code === 0);
  });
});

describe('a connection', () => {
  it('has so many files open', async () => {
    const { client, sftp } = await world.client('ann');
    for (let n = 0; n < 256; n += 1) await call((done) => sftp.opendir('/site', done));
    await expect(call((done) => sftp.opendir('/site', done))).rejects.toThrow('at most 256');
    await expect(call((done) => sftp.open('/site/x', 'w', done))).rejects.toThrow('at most 256');
    client.end();
  });

  it('has so many channels', async () => {
    const { client } = await world.client('ann');
    const channel = (): Promise<unknown> => call((done) => client.sftp(done as never));
    for (let n = 0; n < 9; n += 1) await channel();
    await expect(channel()).rejects.toThrow();
    client.end();
  });
});

it.each([
  ['random bytes', randomBytes(100_000)],
  ['a greeting and random bytes', Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), randomBytes(100_000)])],
])('what is no SSH does no harm: %s', async (_what, bytes) => {
  const socket = createConnection(world.port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  socket.end(bytes);
  await eventually(() => socket.destroyed);
  expect(await world.sftp('ann', 'ls')).toMatchObject({ code: 0, err: '' });
});
