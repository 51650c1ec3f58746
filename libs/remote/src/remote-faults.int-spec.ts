import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sh } from './shell';
import { Fixture } from './testing/fixture';

let lab: Fixture;
beforeEach(() => (lab = new Fixture()));
afterEach(() => lab.end());

describe('a command under way', () => {
  const settles = async (work: Promise<unknown>) => {
    const started = performance.now();
    const error: unknown = await work.then(
      () => 'no error',
      (reason: unknown) => reason,
    );
    return { error, ms: performance.now() - started };
  };

  it('ends with its time, and gives its channel back', async () => {
    const server = await lab.sshd();
    const h1 = lab.host(server.target(), { commands: 1 });
    await h1.run(sh`true`);
    const { error, ms } = await settles(h1.run(sh`sleep 5`, { timeoutMs: 100 }));
    expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('`sleep 5`') as string });
    expect(ms).toBeLessThan(4_000);
    expect(await h1.run(sh`echo free`)).toBe('free\n');
  });

  it('is ended on the host too, a second after its time', async () => {
    const file = join(lab.folder, 'late');
    const h1 = lab.host((await lab.sshd()).target());
    await settles(h1.run(sh`sleep 3; touch ${file}`, { timeoutMs: 100 }));
    await sleep(3_500);
    expect(readdirSync(lab.folder)).toEqual([]);
  });

  it('ends with its caller', async () => {
    const h1 = lab.host((await lab.sshd()).target());
    const caller = new AbortController();
    setTimeout(() => caller.abort(), 50);
    const { error, ms } = await settles(h1.run(sh`sleep 5`, { signal: caller.signal }));
    expect(error).toMatchObject({ kind: 'aborted' });
    expect(ms).toBeLessThan(4_000);
    await expect(h1.run(sh`true`, { signal: caller.signal })).rejects.toMatchObject({ kind: 'aborted' });
  });

  it('that waits for a channel ends with its time as well', async () => {
    const h1 = lab.host((await lab.sshd()).target(), { commands: 1 });
    const first = h1.run(sh`sleep 0.4; echo done`);
    await expect(h1.run(sh`true`, { timeoutMs: 100 })).rejects.toMatchObject({ kind: 'timeout' });
    expect(await first).toBe('done\n');
  });

  it('ends when the connection does, and the next one gets a new connection', async () => {
    const server = await lab.sshd();
    const line = await lab.line(server.port);
    const h1 = lab.host(server.target({ port: line.port }));
    await h1.run(sh`true`);
    setTimeout(() => line.cut(), 50);
    const { error, ms } = await settles(h1.run(sh`sleep 5`));
    expect(error).toMatchObject({ kind: 'closed', host: 'h1' });
    expect(ms).toBeLessThan(4_000);
    expect(await h1.run(sh`echo back`)).toBe('back\n');
  });

  it('ends when the host goes silent', async () => {
    const server = await lab.sshd();
    const line = await lab.line(server.port);
    const h1 = lab.host(server.target({ port: line.port }), { keepaliveMs: 50 });
    await h1.run(sh`true`);
    line.freeze();
    const { error, ms } = await settles(h1.run(sh`true`));
    expect(error).toMatchObject({ kind: 'closed', message: expect.stringContaining('Keepalive') as string });
    expect(ms).toBeLessThan(4_000);
  });

  it('fails, and so do those that wait, when its host is dropped', async () => {
    const server = await lab.sshd();
    const hosts = lab.pool({ commands: 1 });
    const h1 = hosts.host(server.target());
    await h1.run(sh`true`);
    const both = Promise.all([settles(h1.run(sh`sleep 5`)), settles(h1.run(sh`sleep 5`))]);
    await sleep(50);
    hosts.drop('h1');
    const [running, waiting] = await both;
    expect(running.error).toMatchObject({ kind: 'closed' });
    expect(waiting.error).toMatchObject({ kind: 'aborted' });
  });
});

describe('a unix socket of a host', () => {
  const echo = async (name: string): Promise<string> => {
    const path = join(lab.folder, name);
    const server = createServer((socket) => socket.pipe(socket)).listen(path);
    lab.later(() => server.close());
    await sleep(10);
    return path;
  };

  it('is the first of several that accepts', async () => {
    const h1 = lab.host((await lab.sshd()).target());
    const stream = await h1.openUnix([join(lab.folder, 'missing'), await echo('socket')]);
    stream.write('hello');
    const [chunk] = (await stream.iterator({ destroyOnReturn: true }).next()).value as Buffer[] | [Buffer];
    expect(chunk).toBeDefined();
    stream.destroy();
  });

  it('that nobody listens on says which were tried', async () => {
    const h1 = lab.host((await lab.sshd()).target());
    await expect(h1.openUnix(['/run/no-1', '/run/no-2'])).rejects.toMatchObject({
      kind: 'exit',
      message: expect.stringContaining('/run/no-1 or /run/no-2') as string,
    });
    expect(await h1.run(sh`echo fine`)).toBe('fine\n');
  });

  it('passes bytes both ways, ends at the other end, and gives its channel back', async () => {
    const h1 = lab.host((await lab.sshd()).target(), { sockets: 1 });
    const path = await echo('socket');
    for (let turn = 0; turn < 3; turn++) {
      const stream = await h1.openUnix([path]);
      const sent = Buffer.alloc(300_000, `${turn}`);
      const got: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => got.push(chunk));
      stream.end(sent);
      await new Promise((resolve) => stream.once('close', resolve));
      expect(Buffer.concat(got).equals(sent)).toBe(true);
    }
  });

  it('leaves room for commands however many are held open', async () => {
    const h1 = lab.host((await lab.sshd()).target(), { commands: 1, sockets: 2 });
    const path = await echo('socket');
    const held = await Promise.all([h1.openUnix([path]), h1.openUnix([path])]);
    await expect(h1.openUnix([path], { timeoutMs: 50 })).rejects.toMatchObject({ kind: 'timeout' });
    expect(await h1.run(sh`echo fine`)).toBe('fine\n');
    held.forEach((stream) => stream.destroy());
  });

  it('is destroyed with a reason when the connection dies', async () => {
    const server = await lab.sshd();
    const line = await lab.line(server.port);
    const stream = await lab.host(server.target({ port: line.port })).openUnix([await echo('socket')]);
    const broken = new Promise((resolve) => stream.once('error', resolve));
    line.cut();
    expect(await broken).toMatchObject({ kind: 'closed' });
  });
});
