/** What WinSCP 6 asks for over version 3 of the protocol, request by request, as its log shows them. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import { call, World } from './testing/world';

const world = new World();
let sftp: SFTPWrapper;
beforeAll(async () => {
  await world.start();
  world.project('win');
  ({ sftp } = await world.client('win'));
});
afterAll(() => world.stop());

const CHUNK = 32_768;
const UNFINISHED = 0o1000;
const NO_SUCH_FILE = 2;
const [WRITE, CREATE, TRUNCATE] = [0x02, 0x08, 0x10];
const DAY = 1_700_000_000;
const content = randomBytes(1_000_000);

const site = (name = ''): string => join(world.hosting.site('win'), name);
const isMarked = (name: string): boolean => (statSync(site(name)).mode & UNFINISHED) !== 0;
const real = (path: string): Promise<string> => call<string>((done) => sftp.realpath(path, done));
const missing = async (path: string): Promise<boolean> =>
  call((done) => sftp.lstat(path, done)).then(
    () => false,
    ({ code }: { code?: number }) => code === NO_SUCH_FILE,
  );

/** In pieces that are all under way at once, from `from` on. */
async function send(name: string, bytes: Buffer, from = 0): Promise<Buffer> {
  const flags = from > 0 ? WRITE : WRITE | CREATE | TRUNCATE;
  const file = await call<Buffer>((done) => sftp.open(`/site/${name}`, flags, done));
  const pieces: Promise<unknown>[] = [];
  for (let at = from; at < bytes.length; at += CHUNK) {
    const length = Math.min(CHUNK, bytes.length - at);
    pieces.push(call((done) => sftp.write(file, bytes, at, length, at, done)));
  }
  await Promise.all(pieces);
  return file;
}
const close = (file: Buffer): Promise<unknown> => call((done) => sftp.close(file, done));
const rename = (from: string, to: string): Promise<unknown> =>
  call((done) => sftp.rename(`/site/${from}`, `/site/${to}`, done));
/** posix-rename@openssh.com, which it uses where it is offered. */
const renameOver = (from: string, to: string): Promise<unknown> =>
  call((done) => sftp.ext_openssh_rename(`/site/${from}`, `/site/${to}`, done));
const keepTime = (name: string): Promise<unknown> =>
  call((done) => sftp.setstat(`/site/${name}`, { mode: 0o644, atime: DAY, mtime: DAY }, done));

/** Until the end of the folder is told. */
async function list(path: string): Promise<FileEntryWithStats[]> {
  const folder = await call<Buffer>((done) => sftp.opendir(path, done));
  const all: FileEntryWithStats[] = [];
  for (;;) {
    const some = await call<FileEntryWithStats[]>((done) => sftp.readdir(folder, done)).catch(() => []);
    if (some.length === 0) break;
    all.push(...some);
  }
  await close(folder);
  return all;
}

describe('WinSCP', () => {
  it('begins where it may write, and finds its way up and down by canonical paths', async () => {
    expect(await real('.')).toBe('/site');
    mkdirSync(site('a folder/ünter'), { recursive: true });
    expect(await real('/site/a folder/.')).toBe('/site/a folder');
    expect(await real('/site/a folder/ünter/..')).toBe('/site/a folder');
    expect(await real('/site/..')).toBe('/');
    expect(await real('/..')).toBe('/');
    expect(await real('/site//a folder/./ünter/../ünter/')).toBe('/site/a folder/ünter');
    expect((await list('/')).map(({ filename }) => filename).sort()).toEqual(['logs', 'releases', 'site']);
  });

  it('sees each entry of a folder with its kind, size and time, and a long name that it can read', async () => {
    writeFileSync(site('a folder/file.txt'), 'hello');
    const found = new Map((await list('/site/a folder')).map((entry) => [entry.filename, entry]));
    const file = found.get('file.txt');
    expect(file?.attrs).toMatchObject({ size: 5, mtime: expect.any(Number) as number });
    expect(file?.longname).toMatch(/^-rw[-rwx]{7} .* 5 \w{3} .*file\.txt$/);
    expect(found.get('ünter')?.longname).toMatch(/^d/);
    for (const dots of ['.', '..']) if (found.has(dots)) expect(found.get(dots)?.longname).toMatch(/^d/);
  });

  it('uploads under another name, which is nobody’s before it is done, and turns it into the file', async () => {
    expect(await missing('/site/page.bin')).toBe(true);
    expect(await missing('/site/page.bin.filepart')).toBe(true);
    const file = await send('page.bin.filepart', content);
    expect(isMarked('page.bin.filepart')).toBe(true);
    expect(existsSync(site('page.bin'))).toBe(false);
    await close(file);
    await rename('page.bin.filepart', 'page.bin');
    await keepTime('page.bin');
    expect(readFileSync(site('page.bin')).equals(content)).toBe(true);
    expect(isMarked('page.bin')).toBe(false);
    expect(await call<Stats>((done) => sftp.stat('/site/page.bin', done))).toMatchObject({
      ...{ mtime: DAY, size: content.length, mode: 0o100644 },
    });
    expect(readdirSync(site())).not.toContain('page.bin.filepart');
  });

  it.each([
    ['removes what is there first', true],
    ['renames over what is there', false],
  ])('that replaces a file %s', async (_how, removes) => {
    const next = randomBytes(200_000);
    writeFileSync(site('replaced'), 'before');
    expect((await call<Stats>((done) => sftp.lstat('/site/replaced', done))).size).toBe(6);
    await close(await send('replaced.filepart', next));
    expect(readFileSync(site('replaced'), 'utf8')).toBe('before');
    if (removes) await call((done) => sftp.unlink('/site/replaced', done));
    if (removes) await rename('replaced.filepart', 'replaced');
    else await renameOver('replaced.filepart', 'replaced');
    await keepTime('replaced');
    expect(readFileSync(site('replaced')).equals(next)).toBe(true);
    expect(statSync(site('replaced')).mtimeMs).toBe(DAY * 1_000);
  });

  it('goes on with an upload whose connection broke, where it had come to', async () => {
    const first = await world.client('win');
    first.client.on('error', () => undefined);
    const ours = sftp;
    sftp = first.sftp;
    await send('long.bin.filepart', content.subarray(0, 400_000));
    first.client.destroy();
    sftp = ours;
    const { size } = await call<Stats>((done) => sftp.stat('/site/long.bin.filepart', done));
    expect(size).toBe(400_000);
    expect(isMarked('long.bin.filepart')).toBe(true);
    await close(await send('long.bin.filepart', content, size));
    expect(isMarked('long.bin.filepart')).toBe(false);
    await rename('long.bin.filepart', 'long.bin');
    expect(readFileSync(site('long.bin')).equals(content)).toBe(true);
  });

  it('makes folders with rights, and removes them with all that is in them', async () => {
    await call((done) => sftp.mkdir('/site/new', { mode: 0o755 } as never, done));
    await call((done) => sftp.setstat('/site/new', { mode: 0o755 }, done));
    await close(await send('new/small.txt', Buffer.from('x')));
    for (const { filename } of await list('/site/new'))
      if (!filename.startsWith('.')) await call((done) => sftp.unlink(`/site/new/${filename}`, done));
    await call((done) => sftp.rmdir('/site/new', done));
    expect(existsSync(site('new'))).toBe(false);
  });
});
