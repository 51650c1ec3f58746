import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@nubo/testing';
import type { Client } from 'ssh2';
import { call, run, World } from './testing/world';

const world = new World();
beforeAll(() => world.start());
afterAll(() => world.stop());

const DAY = 1_700_000_000;

describe('OpenSSH’s client', () => {
  beforeAll(() => world.project('ann'));
  const site = (): string => world.hosting.site('ann');

  it('starts in /site, sees the three folders, and ends by itself', async () => {
    const { code, out, err } = await world.sftp('ann', ['pwd', 'ls -1 /']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Remote working directory: /site');
    expect(out.match(/^\/?(site|releases|logs)\/?$/gm)?.sort()).toEqual(['/logs', '/releases', '/site']);
  });

  it('is let in by a password', async () => {
    expect(await world.sftpWithPassword('ann', 'pass-ann', 'ls')).toMatchObject({ code: 0 });
    expect(await world.sftpWithPassword('ann', 'pass-bob', 'ls')).toMatchObject({ code: 255 });
  });

  it('brings folders with their times and modes, and gets them back', async () => {
    mkdirSync(join(world.local, 'tree/deep/er'), { recursive: true });
    const content = randomBytes(3_000_000);
    writeFileSync(join(world.local, 'tree/deep/er/blob'), content, { mode: 0o640 });
    utimesSync(join(world.local, 'tree/deep/er/blob'), DAY, DAY);
    expect(await world.sftp('ann', ['put -Rp tree', 'get -Rp tree back'])).toMatchObject({
      code: 0,
      err: '',
    });
    const there = statSync(join(site(), 'tree/deep/er/blob'));
    expect([there.mtimeMs, there.mode]).toEqual([DAY * 1000, 0o100640]);
    expect(readFileSync(join(world.local, 'back/deep/er/blob')).equals(content)).toBe(true);
    expect(statSync(join(world.local, 'back/deep/er/blob')).mtimeMs).toBe(DAY * 1000);
  });

  it('goes on with an upload and with a download', async () => {
    const content = randomBytes(2_000_000);
    world.file('long', content);
    world.file('long.half', content.subarray(0, 700_000));
    const commands = [
      'put long.half long',
      'reput long',
      'get long whole',
      '!head -c 9000 whole > whole.half',
    ];
    const resumed = await world.sftp('ann', [...commands, '!mv whole.half whole', 'reget long whole']);
    expect(resumed).toMatchObject({ code: 0 });
    expect(readFileSync(join(site(), 'long')).equals(content)).toBe(true);
    expect(readFileSync(join(world.local, 'whole')).equals(content)).toBe(true);
  });

  it('renames over what is there, makes, lists, changes and removes', async () => {
    world.file('new', 'new');
    world.file('old', 'old');
    const changed = await world.sftp('ann', [
      ...['put old page', 'put new page.part', 'rename page.part page', 'get page got'],
      ...['chmod 4751 page', 'mkdir empty', 'rmdir empty', 'ls -la page', 'df -i /site', 'rm page'],
    ]);
    expect(changed).toMatchObject({ code: 0 });
    expect(changed.out).toMatch(/-rwxr-x--x .* 3 .* page/);
    expect(readFileSync(join(world.local, 'got'), 'utf8')).toBe('new');
    expect(existsSync(join(site(), 'page'))).toBe(false);
  });

  it('lists a folder of many files whole', async () => {
    mkdirSync(join(site(), 'many'));
    for (let n = 0; n < 1_234; n += 1) writeFileSync(join(site(), 'many', `f${n}`), '');
    const { out } = await world.sftp('ann', ['ls -1 many']);
    expect(out.match(/^many\/f\d+/gm)).toHaveLength(1_234);
  });

  it('copies with scp there and back', async () => {
    world.file('copied', 'by scp');
    expect(await world.scp('copied', 'ann@127.0.0.1:copied')).toMatchObject({ code: 0 });
    expect(await world.scp('-r', 'tree', 'ann@127.0.0.1:/site/scp-tree')).toMatchObject({ code: 0 });
    expect(await world.scp('ann@127.0.0.1:/site/copied', 'copied-back')).toMatchObject({ code: 0 });
    expect(readFileSync(join(world.local, 'copied-back'), 'utf8')).toBe('by scp');
    expect(existsSync(join(site(), 'scp-tree/deep/er/blob'))).toBe(true);
  });

  it('gets no shell and no command', async () => {
    const [ssh = '', ...args] = world.sshCommand.split(' ');
    expect((await run(ssh, [...args, 'ann@127.0.0.1', 'id'])).code).not.toBe(0);
  });
});

describe('releases and logs', () => {
  beforeAll(() => {
    world.project('reader');
    mkdirSync(join(world.hosting.releases('reader'), '7'));
    writeFileSync(join(world.hosting.releases('reader'), '7/index.html'), 'seven');
    writeFileSync(join(world.hosting.logs('reader'), 'web.log'), 'a line\n');
  });

  it('are read', async () => {
    const got = await world.sftp('reader', ['get /releases/7/index.html seven', 'get /logs/web.log log']);
    expect(got).toMatchObject({ code: 0 });
    expect(readFileSync(join(world.local, 'seven'), 'utf8')).toBe('seven');
    expect(readFileSync(join(world.local, 'log'), 'utf8')).toBe('a line\n');
  });

  it.each([
    'put seven /releases/7/index.html',
    'put seven /logs/web.log',
    'put seven /releases/8',
    'put seven /outside',
    'rm /releases/7/index.html',
    'rmdir /releases/7',
    'rename /releases/7/index.html /releases/7/x',
    'rename /releases/7/index.html /site/x',
    'rename /site /site2',
    'mkdir /releases/9',
    'mkdir /other',
    'rmdir /site',
    'chmod 777 /logs/web.log',
    'ln -s /logs/web.log /site/log',
    'ln /logs/web.log /site/log',
  ])('are not changed: %s', async (command) => {
    world.file('seven', 'changed');
    expect((await world.sftp('reader', [command])).code).not.toBe(0);
    const folder = join(world.hosting.releases('reader'), '7');
    expect(readdirSync(folder)).toEqual(['index.html']);
    expect(readFileSync(join(folder, 'index.html'), 'utf8')).toBe('seven');
    expect(readFileSync(join(world.hosting.logs('reader'), 'web.log'), 'utf8')).toBe('a line\n');
    expect(readdirSync(world.hosting.site('reader'))).toEqual([]);
    expect(readdirSync(world.hosting.releases('reader'))).toEqual(['7']);
  });
});

/** Makes a client of ssh2 1.17 go on although it is told to go, and see no end; resolves when it was. */
function toldToGo(client: Client, socket: Socket): Promise<void> {
  const { _protocol: protocol } = client as unknown as {
    _protocol: { _handlers: { DISCONNECT: () => void } };
  };
  const push = socket.push.bind(socket);
  socket.push = (chunk, encoding) => chunk === null || push(chunk, encoding);
  return new Promise((resolve) => (protocol._handlers.DISCONNECT = resolve));
}

describe('what sessions do', () => {
  it('is told: who writes, what has changed, and that a release is asked for', async () => {
    world.project('told');
    world.file('.deploy', '');
    world.file('page', 'x');
    await world.sftp('told', ['put page']);
    const told = (): unknown[] => world.hosting.told('told');
    await eventually(() =>
      told().some((one) => JSON.stringify(one).includes('"touched":true,"deploy":false')),
    );
    const asked = (): number => told().filter((one) => JSON.stringify(one).includes('"deploy":true')).length;
    for (const commands of [['put .deploy'], ['put page x', 'rename x .deploy']]) {
      const before = asked();
      await world.sftp('told', commands);
      await eventually(() => asked() > before);
    }
    const { length } = world.hosting.ended;
    const last = asked();
    await world.sftp('told', ['chmod 600 .deploy', 'rm .deploy']);
    await eventually(() => world.hosting.ended.length > length);
    expect(asked()).toBe(last);
    expect(world.hosting.told('told').at(-1)?.writers).toBe(0);
  });

  it('ends when the platform says so', async () => {
    world.project('ending');
    const { client, sftp } = await world.client('ending');
    let closed = false;
    client.on('close', () => (closed = true)).on('error', () => undefined);
    world.hosting.sessions.clear();
    sftp.mkdir('/site/x', () => undefined);
    await eventually(() => closed);
  });

  it('ends when the platform says so, also for a client that stays', async () => {
    world.project('staying');
    const socket = createConnection({ port: world.port, host: '127.0.0.1' });
    const { client, sftp } = await world.client('staying', socket);
    let closed = false;
    socket.on('close', () => (closed = true));
    client.on('error', () => undefined);
    const told = toldToGo(client, socket);
    const handle = await call<Buffer>((done) => sftp.open('/site/page', 'w', done));
    world.hosting.sessions.clear();
    // Whether it is answered yet is open: writers are told of by themselves, too.
    sftp.mkdir('/site/x', () => undefined);
    await told;
    sftp.write(handle, Buffer.from('late'), 0, 4, 0, () => undefined);
    await eventually(() => {
      if (!closed) sftp.mkdir('/site/late', () => undefined);
      return closed;
    });
    expect(readdirSync(world.hosting.site('staying'))).not.toContain('late');
    expect(statSync(join(world.hosting.site('staying'), 'page')).size).toBe(0);
  });
});

describe('other clients', () => {
  beforeAll(() => world.project('others'));

  it('lftp mirrors there, mirrors what has changed, and removes', async () => {
    mkdirSync(join(world.local, 'mirror/sub'), { recursive: true });
    for (let n = 0; n < 40; n += 1) writeFileSync(join(world.local, 'mirror/sub', `f${n}`), `${n}`);
    const commands = [
      `set sftp:connect-program "${world.sshCommand}"; set net:max-retries 1; set net:timeout 20`,
      `open sftp://others:@127.0.0.1; mirror -R -P 4 mirror /site/mirrored`,
      'mirror -R -e mirror /site/mirrored; cls -1 /site/mirrored/sub; rm -r /site/mirrored/sub; bye',
    ];
    const ran = await run('lftp', ['--norc', '-c', commands.join('; ')], { cwd: world.local });
    expect(ran.code).toBe(0);
    expect(ran.out.match(/f\d+/g)).toHaveLength(40);
    expect(readdirSync(join(world.hosting.site('others'), 'mirrored'))).toEqual([]);
  });

  it('rclone copies, compares and purges', async () => {
    mkdirSync(join(world.local, 'cloned/a'), { recursive: true });
    writeFileSync(join(world.local, 'cloned/a/file'), 'cloned');
    const remote = `:sftp,host=127.0.0.1,port=${world.port},user=others,key_file=${world.keyFile},shell_type=none:/site/cloned`;
    const env = { RCLONE_CONFIG: '/dev/null' };
    const clone = (...args: string[]): Promise<{ code: number | null; err: string }> =>
      run('rclone', [...args, '--retries', '1'], { cwd: world.local, env });
    expect(await clone('sync', 'cloned', remote)).toMatchObject({ code: 0 });
    expect(readFileSync(join(world.hosting.site('others'), 'cloned/a/file'), 'utf8')).toBe('cloned');
    expect(await clone('check', '--size-only', 'cloned', remote)).toMatchObject({ code: 0 });
    expect(await clone('purge', remote)).toMatchObject({ code: 0 });
    expect(existsSync(join(world.hosting.site('others'), 'cloned'))).toBe(false);
  });

  const hasFuse = existsSync('/dev/fuse') ? it : it.skip;

  hasFuse('sshfs is a folder like any other', async () => {
    const ssh = [...world.sshOptions.flatMap((option) => ['-o', option]), '-o', 'idmap=user'];
    const mount = `sshfs -f -p ${world.port} -o IdentityFile=${world.keyFile} ${ssh.join(' ')} others@127.0.0.1:/site there`;
    const work = [
      'mkdir there/a',
      'cp --preserve=timestamps big there/a/big',
      'cmp big there/a/big',
      'printf more >>there/a/big',
      'truncate -s 5 there/a/big',
      'mv there/a/big there/b && rmdir there/a',
      'touch -d @1700000000 there/b',
      'printf x >there/c && mv -f there/c there/b2 && ls there',
      'df there >/dev/null',
    ].join(' && ');
    const script = `mkdir there; ${mount} & for n in $(seq 100); do mountpoint -q there && break; sleep 0.1; done
      ${work}; code=$?; fusermount3 -u there; wait; exit $code`;
    world.file('big', randomBytes(700_000));
    // In namespaces of its own: whatever happens, nothing stays mounted.
    const inside = ['-m', '-p', '-f', '--kill-child', '--mount-proc', 'sh', '-c', script];
    const ran = await run('unshare', inside, { cwd: world.local });
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('b2') as string });
    const there = statSync(join(world.hosting.site('others'), 'b'));
    expect([there.size, there.mtimeMs, there.mode & 0o1000]).toEqual([5, 1_700_000_000_000, 0]);
    expect(readFileSync(join(world.hosting.site('others'), 'b2'), 'utf8')).toBe('x');
  });
});
