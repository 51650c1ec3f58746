import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { call, World } from './testing/world';

const world = new World();
beforeAll(async () => {
  await world.start();
  world.file('small', Buffer.alloc(1_000));
  world.file('half', Buffer.alloc(600_000));
  world.file('large', Buffer.alloc(3_000_000));
});
afterAll(() => world.stop());

const UNFINISHED = 0o1000;
const sizes = (login: string): number =>
  readdirSync(world.hosting.site(login)).reduce(
    (sum, name) => sum + statSync(join(world.hosting.site(login), name)).size,
    0,
  );

describe('a project of 1 MB', () => {
  const limits = { bytes: 1_000_000, files: 5, fileBytes: 800_000 };

  it('takes no file that is longer than one may be, says why, and stops while it is written', async () => {
    world.project('single', { limits });
    const ran = await world.sftp('single', ['put large']);
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('800 KB at most') as string });
    expect(sizes('single')).toBeLessThanOrEqual(800_000);
    expect(statSync(join(world.hosting.site('single'), 'large')).mode & UNFINISHED).toBe(UNFINISHED);
  });

  it('takes no more than it may hold, and goes on when something was removed', async () => {
    world.project('bytes', { limits });
    const full = await world.sftp('bytes', ['put half one', 'put half two']);
    expect(full).toMatchObject({ code: 1, err: expect.stringContaining('may hold 1 MB at most') as string });
    expect(sizes('bytes')).toBeLessThanOrEqual(1_000_000);
    const freed = await world.sftp('bytes', ['rm two', 'rm one', 'put half two', 'put half two']);
    expect(freed).toMatchObject({ code: 0 });
  });

  it('counts what was there before anybody came', async () => {
    world.project('before', { limits });
    mkdirSync(join(world.hosting.site('before'), 'a'));
    writeFileSync(join(world.hosting.site('before'), 'a/b'), Buffer.alloc(700_000));
    expect(await world.sftp('before', ['put half'])).toMatchObject({ code: 1 });
  });

  it('takes so many files and folders, and may replace them', async () => {
    world.project('files', { limits });
    const ran = await world.sftp('files', ['mkdir d', ...[1, 2, 3, 4].map((n) => `put small f${n}`)]);
    expect(ran).toMatchObject({ code: 0 });
    for (const command of ['put small f5', 'mkdir e'])
      expect(await world.sftp('files', [command])).toMatchObject({
        code: 1,
        err: expect.stringContaining('5 files and folders at most') as string,
      });
    const replaced = ['put small f1', 'rename f1 f2', 'put small f5', 'rmdir d', 'mkdir e'];
    expect(await world.sftp('files', replaced)).toMatchObject({ code: 0 });
  });

  it('tells clients how much is left', async () => {
    world.project('left', { limits });
    const { out } = await world.sftp('left', ['put half', 'df /site']);
    expect(out).toMatch(/ 976 +588 +388 /);
  });
});

describe('room is not had twice', () => {
  const limits = { bytes: 1_000_000, files: 10, fileBytes: 1_000_000 };

  it('by two sessions at once', async () => {
    world.project('twice', { limits });
    const ran = await Promise.all(['x', 'y'].map((name) => world.sftp('twice', [`put half ${name}`])));
    expect(ran.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(sizes('twice')).toBeLessThanOrEqual(1_000_000);
  });

  it('by removing files that are still open', async () => {
    world.project('removed', { limits });
    const { sftp } = await world.client('removed');
    const open = (): Promise<Buffer> => call<Buffer>((done) => sftp.open('/site/ghost', 'w', done));
    const write = (handle: Buffer): Promise<unknown> =>
      call((done) => sftp.write(handle, Buffer.alloc(600_000), 0, 600_000, 0, done));
    const first = await open();
    await write(first);
    await call((done) => sftp.unlink('/site/ghost', done));
    const second = await open();
    await expect(write(second)).rejects.toThrow('may hold');
    await call((done) => sftp.close(second, done));
    await call((done) => sftp.close(first, done));
    await call((done) => sftp.unlink('/site/ghost', done));
    const third = await open();
    await write(third);
    await call((done) => sftp.close(third, done));
  });

  it('by a hole, by making a file longer, or by writing far behind its end', async () => {
    world.project('holes', { limits });
    const { sftp } = await world.client('holes');
    const handle = await call<Buffer>((done) => sftp.open('/site/hole', 'w', done));
    const far = (at: number): Promise<unknown> =>
      call((done) => sftp.write(handle, Buffer.from('x'), 0, 1, at, done));
    await expect(far(1e12)).rejects.toThrow('at most');
    await far(899_999);
    await expect(call((done) => sftp.setstat('/site/hole', { size: 1e9 }, done))).rejects.toThrow('at most');
    await expect(call((done) => sftp.fsetstat(handle, { size: 1e9 }, done))).rejects.toThrow('at most');
    const other = await call<Buffer>((done) => sftp.open('/site/other', 'w', done));
    const more = (): Promise<unknown> =>
      call((done) => sftp.write(other, Buffer.alloc(200_000), 0, 200_000, 0, done));
    await expect(more()).rejects.toThrow('may hold');
    await call((done) => sftp.setstat('/site/hole', { size: 10 }, done));
    await more();
  });
});

describe('when the disk is full', () => {
  const login = 'full';
  beforeAll(() => {
    world.project(login);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', world.hosting.site(login)]);
  });
  afterAll(() => execFileSync('umount', ['-l', world.hosting.site(login)]));

  it('a client hears so, nothing half is published, and it goes on when there is room', async () => {
    const ran = await world.sftp(login, ['put large']);
    expect(ran).toMatchObject({
      code: 1,
      err: expect.stringContaining('disk of the platform is full') as string,
    });
    expect(statSync(join(world.hosting.site(login), 'large')).mode & UNFINISHED).toBe(UNFINISHED);
    expect(await world.sftp(login, ['rm large', 'put half'])).toMatchObject({ code: 0 });
    expect(statSync(join(world.hosting.site(login), 'half')).mode & UNFINISHED).toBe(0);
  });
});
