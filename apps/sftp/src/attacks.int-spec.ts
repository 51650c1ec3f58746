/** What a customer tries to get out of its folder, and everybody else’s files. Each guard has a test that fails without it. */
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SFTPWrapper } from 'ssh2';
import { call, World } from './testing/world';

const SECRET = 'nobody’s but the neighbour’s';

const world = new World();
let site: string;
let outside: string;
let sftp: SFTPWrapper;

beforeAll(async () => {
  await world.start();
  world.project('mallory');
  world.project('neighbour');
  site = world.hosting.site('mallory');
  outside = world.hosting.site('neighbour');
  writeFileSync(join(outside, 'secret'), SECRET);
  ({ sftp } = await world.client('mallory'));
});
afterAll(() => world.stop());

/** Everything that one can ask of a path, and whether it was refused. */
const VERBS: Record<string, (path: string) => Promise<unknown>> = {
  read: async (path) => {
    const handle = await call<Buffer>((done) => sftp.open(path, 'r', done));
    await call((done) => sftp.close(handle, done));
  },
  write: (path) => call((done) => sftp.open(path, 'w', done)),
  append: (path) => call((done) => sftp.open(path, 'a', done)),
  exclusive: (path) => call((done) => sftp.open(path, 'wx', done)),
  list: (path) => call((done) => sftp.opendir(path, done)),
  mkdir: (path) => call((done) => sftp.mkdir(path, done)),
  rmdir: (path) => call((done) => sftp.rmdir(path, done)),
  remove: (path) => call((done) => sftp.unlink(path, done)),
  'rename from': (path) => call((done) => sftp.rename(path, '/site/moved', done)),
  'rename to': (path) => call((done) => sftp.rename('/site/own', path, done)),
  'rename over': (path) => call((done) => sftp.ext_openssh_rename('/site/own', path, done)),
  chmod: (path) => call((done) => sftp.chmod(path, 0o777, done)),
  utimes: (path) => call((done) => sftp.utimes(path, 1, 1, done)),
  truncate: (path) => call((done) => sftp.setstat(path, { size: 0 }, done)),
  readlink: (path) => call((done) => sftp.readlink(path, done)),
  symlink: (path) => call((done) => sftp.symlink('/site/own', path, done)),
  hardlink: (path) => call((done) => sftp.ext_openssh_hardlink('/site/own', path, done)),
  'hardlink from': (path) => call((done) => sftp.ext_openssh_hardlink(path, '/site/second', done)),
};

const neighbourUntouched = (): void => {
  expect(readdirSync(outside)).toEqual(['secret']);
  expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe(SECRET);
  expect(lstatSync(join(outside, 'secret')).mode & 0o7777).toBe(0o644);
  expect(lstatSync(join(outside, 'secret')).mtimeMs).toBeGreaterThan(1e12);
};

describe.each(Object.keys(VERBS))('%s', (verb) => {
  beforeEach(() => writeFileSync(join(site, 'own'), 'own'));
  afterEach(neighbourUntouched);

  it.each([
    '../neighbour/secret',
    '/../../neighbour/secret',
    '/site/../../neighbour/secret',
    '/site/./x/../../../trees/neighbour/secret',
    '/site/..\\..\\neighbour\\secret',
    '/etc/passwd',
    '//etc//passwd',
    '/proc/self/environ',
    '/site/%2e%2e/neighbour/secret',
    '/site/\u0000/../../neighbour/secret',
  ])('does not leave by its text: %j', async (path) => {
    await expect(VERBS[verb]?.(path)).rejects.toThrow();
  });

  it('follows no link', async () => {
    symlinkSync(outside, join(site, 'folder-link'));
    symlinkSync(join(outside, 'secret'), join(site, 'file-link'));
    symlinkSync('own', join(site, 'inner-link'));
    const removes = ['remove', 'rename from', 'rename over'].includes(verb);
    await expect(VERBS[verb]?.('/site/folder-link/secret')).rejects.toThrow();
    await expect(VERBS[verb]?.('/site/folder-link/new')).rejects.toThrow();
    for (const link of ['file-link', 'inner-link', 'folder-link']) {
      // What takes a name away takes the link’s.
      if (!removes) await expect(VERBS[verb]?.(`/site/${link}`)).rejects.toThrow();
      if (!removes) expect(readlinkSync(join(site, link))).toBeDefined();
    }
    execFileSync('sh', ['-c', 'rm -rf ./*'], { cwd: site });
  });
});

describe('a file with a second name outside', () => {
  beforeAll(() => linkSync(join(outside, 'secret'), join(site, 'second-name')));
  afterEach(neighbourUntouched);
  afterAll(() => call((done) => sftp.unlink('/site/second-name', done)));

  it.each(['read', 'write', 'append', 'chmod', 'utimes', 'truncate'])('is not opened: %s', async (verb) => {
    await expect(VERBS[verb]?.('/site/second-name')).rejects.toThrow(/second name|Permission/);
  });
});

describe('what is no file', () => {
  it.each(['read', 'write', 'append', 'chmod', 'utimes', 'truncate'])(
    'does not hold the server up: %s of a pipe',
    async (verb) => {
      execFileSync('mkfifo', [join(site, 'pipe')]);
      await expect(VERBS[verb]?.('/site/pipe')).rejects.toThrow();
      await call((done) => sftp.unlink('/site/pipe', done));
    },
  );
});

it.each([
  ['not UTF-8', Buffer.from([0x61, 0xff, 0xfe]), 'the name is not UTF-8'],
  ['too long', Buffer.from('n'.repeat(256)), 'the name is too long'],
  ['with a control character', Buffer.from('a\u0001b'), 'control character'],
  ['too deep', Buffer.from(Array(40).fill('d').join('/')), 'folders are at most'],
  ['a path too long', Buffer.from(Array(6).fill('n'.repeat(200)).join('/')), 'the path is too long'],
])('a name is refused with its reason: %s', async (_what, name, reason) => {
  world.file('source', 'x');
  const command = Buffer.concat([Buffer.from('put source "/site/'), name, Buffer.from('"')]);
  const ran = await world.sftp('mallory', [command]);
  expect(ran).toMatchObject({ code: 1, err: expect.stringContaining(reason) as string });
  expect(readdirSync(site).filter((one) => one.length > 200 || one.startsWith('a'))).toEqual([]);
});

it('folders do not get deeper than they may by moving', async () => {
  const deep = Array(20).fill('d').join('/');
  for (const top of ['one', 'two']) mkdirSync(join(site, top, deep), { recursive: true });
  await expect(call((done) => sftp.rename('/site/one', `/site/two/${deep}/one`, done))).rejects.toThrow(
    'at most 32 deep',
  );
  execFileSync('rm', ['-r', join(site, 'one'), join(site, 'two')]);
});

describe('while a folder is swapped for a link, as fast as it goes', () => {
  const swapper = `
    const { renameSync } = require('node:fs');
    const { workerData: { folder, link, aside } } = require('node:worker_threads');
    for (;;) {
      renameSync(folder, aside); renameSync(link, folder);
      renameSync(folder, link); renameSync(aside, folder);
    }`;
  let worker: Worker;

  beforeAll(() => {
    mkdirSync(join(site, 'swap'));
    for (const name of ['secret', 'mine']) writeFileSync(join(site, 'swap', name), 'own');
    symlinkSync(outside, join(site, 'swap-link'));
    const [folder, link, aside] = ['swap', 'swap-link', 'swap-aside'].map((name) => join(site, name));
    worker = new Worker(swapper, { eval: true, workerData: { folder, link, aside } });
  });
  afterAll(() => worker.terminate());

  it('nothing outside is read, written, renamed or removed', async () => {
    const seen = { own: 0, refused: 0 };
    for (let n = 0; n < 400; n += 1) {
      const content = await readWhole('/site/swap/secret').catch(() => undefined);
      expect(content).not.toBe(SECRET);
      seen[content === undefined ? 'refused' : 'own'] += 1;
      for (const verb of ['append', 'mkdir', 'chmod', 'utimes'] as const) {
        const path =
          verb === 'append' ? '/site/swap/new' : verb === 'mkdir' ? '/site/swap/made' : '/site/swap/secret';
        const handle = await VERBS[verb]?.(path).catch(() => undefined);
        if (Buffer.isBuffer(handle)) await call((done) => sftp.close(handle, done));
      }
      const listed = await call<{ filename: string }[]>((done) => sftp.readdir('/site/swap', done)).catch(
        () => [],
      );
      if (listed.length > 0) expect(listed.map(({ filename }) => filename)).toContain('mine');
    }
    neighbourUntouched();
    expect(seen.own).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  }, 60_000);
});

async function readWhole(path: string): Promise<string> {
  const handle = await call<Buffer>((done) => sftp.open(path, 'r', done));
  const into = Buffer.alloc(100);
  const bytes = await new Promise<number>((resolve, reject) =>
    sftp.read(handle, into, 0, 100, 0, (error, count) => (error ? reject(error) : resolve(count))),
  );
  await call((done) => sftp.close(handle, done));
  return into.subarray(0, bytes).toString();
}

it('two projects see nothing of each other', async () => {
  const other = await world.client('neighbour');
  const names = await call<{ filename: string }[]>((done) => other.sftp.readdir('/site', done));
  expect(names.map(({ filename }) => filename)).toEqual(['secret']);
  await expect(call((done) => other.sftp.stat('/site/own', done))).rejects.toThrow();
});
