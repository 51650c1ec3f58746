import { createServer, type Server } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { publicKeyOf } from './keys';
import { sh } from './shell';
import { Fixture } from './testing/fixture';
import { TestSshd } from './testing/test-sshd';

let lab: Fixture;
beforeEach(() => (lab = new Fixture()));
afterEach(() => lab.end());

describe('a command on a host', () => {
  it('answers with its status and both outputs', async () => {
    const result = await lab.host((await lab.sshd()).target()).exec(sh`echo ${'it is'}; echo no >&2; exit 3`);
    expect(result).toEqual({ code: 3, stdout: 'it is\n', stderr: 'no\n' });
  });

  it('reads text, bytes and streams on stdin', async () => {
    const h1 = lab.host((await lab.sshd()).target());
    const big = Buffer.alloc(3_000_000, 'x');
    expect(await h1.run(sh`cat`, { stdin: 'a document' })).toBe('a document');
    expect(await h1.run(sh`wc -c`, { stdin: big })).toBe('3000000\n');
    const stream = Readable.from([big, big]);
    expect(await h1.run(sh`wc -c`, { stdin: stream })).toBe('6000000\n');
    expect(lab.records.map(({ bytesIn }) => bytesIn)).toEqual([10, 3_000_000, 6_000_000]);
  });

  it('sees an empty stdin when there is none for it', async () => {
    expect(await lab.host((await lab.sshd()).target()).run(sh`cat; echo end`)).toBe('end\n');
  });

  it('may leave its input unread', async () => {
    const endless = new Readable({ read: () => endless.push(Buffer.alloc(65_536)) });
    expect(await lab.host((await lab.sshd()).target()).run(sh`echo enough`, { stdin: endless })).toBe(
      'enough\n',
    );
    expect(endless.destroyed).toBe(true);
  });

  it('fails when its input does', async () => {
    const h1 = lab.host((await lab.sshd()).target());
    const broken = new Readable({ read: () => broken.destroy(new Error('disk on fire')) });
    await expect(h1.run(sh`cat`, { stdin: broken })).rejects.toMatchObject({
      kind: 'aborted',
      message: expect.stringContaining('disk on fire') as string,
    });
  });

  it('that fails says where, what and why to a person', async () => {
    const server = await lab.sshd();
    const failure = lab.host(server.target()).run(sh`echo no such thing >&2; exit 2`);
    await expect(failure).rejects.toMatchObject({
      name: 'RemoteError',
      kind: 'exit',
      host: 'h1',
      code: 2,
      stderr: 'no such thing',
      message: `host 127.0.0.1:${server.port}: \`echo no such thing >&2; exit 2\` exited with 2: no such thing`,
    });
  });

  it('is known by its signal when one ends it', async () => {
    expect((await lab.host((await lab.sshd()).target()).exec(sh`kill -KILL $$`)).code).toBe(137);
  });

  it('may not say without end', async () => {
    const endless = lab.host((await lab.sshd()).target()).exec(sh`yes`, { maxOutput: 10_000 });
    await expect(endless).rejects.toMatchObject({
      kind: 'exit',
      message: expect.stringContaining('said more than 10000 bytes') as string,
    });
  });

  it('that is too long for a command line is refused before it is sent', async () => {
    const long = lab.host((await lab.sshd()).target()).exec(sh`echo ${'x'.repeat(140_000)}`);
    await expect(long).rejects.toThrow('documents belong on stdin');
  });

  it('is recorded in one line without what it read', async () => {
    await lab.host((await lab.sshd()).target()).exec(sh`cat >&2; exit 4`, { stdin: 'secret' });
    const [record] = lab.records;
    expect(record).toEqual({
      host: 'h1',
      command: 'cat >&2; exit 4',
      code: 4,
      bytesIn: 6,
      bytesOut: 6,
      ms: expect.any(Number) as number,
    });
  });

  it('goes through sudo when the user is not root', async () => {
    const server = await lab.sshd();
    await lab.host(server.target({ sudo: true })).exec(sh`true`);
    expect(server.commands.at(-1)).toMatch(/^exec sudo -n -- timeout -k '5' '31' \/bin\/sh -c /);
  });
});

describe('the one connection to a host', () => {
  it('is made when it is needed and shared by all', async () => {
    const server = await lab.sshd();
    const hosts = lab.pool();
    const h1 = hosts.host(server.target());
    expect(server.connectionsSeen).toBe(0);
    await Promise.all([h1.run(sh`true`), hosts.host(server.target()).run(sh`true`), h1.run(sh`true`)]);
    expect(server.connectionsSeen).toBe(1);
  });

  it('carries at most eight commands at a time, and everyone gets a turn', async () => {
    const server = await lab.sshd();
    const h1 = lab.host(server.target());
    const turns = await Promise.all(Array.from({ length: 30 }, (_, i) => h1.run(sh`sleep 0.02; echo ${i}`)));
    expect(turns).toEqual(Array.from({ length: 30 }, (_, i) => `${i}\n`));
    expect(server.mostChannels).toBe(8);
  });

  it('is closed when nobody has used it for a while', async () => {
    const server = await lab.sshd();
    const h1 = lab.host(server.target(), { idleMs: 50 });
    await h1.run(sh`sleep 0.1`);
    expect(server.connections.size).toBe(1);
    await sleep(150);
    expect(server.connections.size).toBe(0);
    expect(await h1.run(sh`echo again`)).toBe('again\n');
  });

  it('is made anew when the host is reached elsewhere', async () => {
    const [old, moved] = [await lab.sshd(), await lab.sshd()];
    const hosts = lab.pool();
    await hosts.host(old.target()).run(sh`true`);
    const there = hosts.host(moved.target());
    expect(await there.run(sh`echo there`)).toBe('there\n');
    expect(moved.connectionsSeen).toBe(1);
    await sleep(20);
    expect(old.connections.size).toBe(0);
  });

  it('is not made any more once the pool is closed', async () => {
    const hosts = lab.pool();
    const h1 = hosts.host((await lab.sshd()).target());
    hosts.close();
    await expect(h1.run(sh`true`)).rejects.toMatchObject({ kind: 'aborted' });
  });

  it('refuses a changed host key before it shows any credential', async () => {
    const server = await lab.sshd();
    const h1 = lab.host(server.target({ hostKey: 'SHA256:somethingElse' }));
    await expect(h1.run(sh`true`)).rejects.toMatchObject({
      kind: 'host-key-changed',
      message: expect.stringContaining(server.fingerprint) as string,
    });
    expect(server.credentials).toEqual([]);
  });

  it('says so when the key is not accepted', async () => {
    const server = await lab.sshd();
    server.authorized.clear();
    await expect(lab.host(server.target()).run(sh`true`)).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('does not let root in with this key') as string,
    });
  });

  it('is not tried again at once after a failure, and is after the wait', async () => {
    const server = await lab.sshd();
    server.authorized.clear();
    const h1 = lab.host(server.target());
    await expect(h1.run(sh`true`)).rejects.toMatchObject({ kind: 'auth' });
    await expect(h1.run(sh`true`)).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('next try in') as string,
    });
    expect(server.connectionsSeen).toBe(1);
    server.authorized.add(publicKeyOf(lab.privateKey));
    await sleep(210);
    await h1.run(sh`true`);
  });

  it('to a port where nobody listens fails as unreachable, the second time without trying', async () => {
    const server = await TestSshd.start();
    const target = server.target();
    await server.stop();
    const h1 = lab.host(target, { backoffMinMs: 10_000 });
    await expect(h1.run(sh`true`)).rejects.toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
    await expect(h1.run(sh`true`)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('to a host that says nothing fails within its time', async () => {
    const silent: Server = createServer().listen(0, '127.0.0.1');
    lab.later(() => silent.close());
    await sleep(10);
    const port = (silent.address() as { port: number }).port;
    const h1 = lab.host({ ...(await lab.sshd()).target(), port }, { connectTimeoutMs: 100 });
    await expect(h1.run(sh`true`)).rejects.toMatchObject({ kind: 'unreachable' });
  });
});
