import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ComputeConfig } from '../compute.config';
import { Archives } from './archives.driver';

const { signal } = new AbortController();
const LIMIT = 50 * 1024 ** 2;
const archives = new Archives({ imageMaxBytes: LIMIT } as ComputeConfig);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nubo-archives-'));
  mkdirSync(join(folder, 'tree'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string) => writeFileSync(join(folder, 'tree', name), content);
function pack(...options: string[]): string {
  const file = join(folder, 'archive.tar');
  execFileSync('tar', ['-C', join(folder, 'tree'), ...options, '-cf', file, '.']);
  return file;
}
const anImage = (tag = 'localhost/nubo:victim') =>
  write('manifest.json', JSON.stringify([{ Config: 'c', RepoTags: [tag], Layers: ['l'] }]));

describe('an archive of a container image', () => {
  it.each([[[]], [['-z']], [['--format=pax']], [['--format=gnu']]])(
    'may be a root file system, packed with %j',
    async (options) => {
      mkdirSync(join(folder, 'tree', 'd'.repeat(90), 'e'.repeat(90)), { recursive: true });
      write(join('d'.repeat(90), 'e'.repeat(90), 'f'.repeat(90)), 'deep');
      expect(await archives.inspect(pack(...options), signal)).toBe('rootfs');
    },
  );

  it('may be one that docker saved', async () => {
    anImage();
    expect(await archives.inspect(pack(), signal)).toBe('image');
  });

  it.each([
    ['a text', () => writeFileSync(join(folder, 'archive.tar'), 'hello '.repeat(200)), /no tar archive/],
    ['nothing', () => writeFileSync(join(folder, 'archive.tar'), ''), /empty/],
    [
      'half of one',
      () => (write('big', 'x'.repeat(100_000)), truncateSync(pack(), 50_000)),
      /ends in the middle/,
    ],
    [
      'a broken gzip file',
      () => (write('big', 'x'.repeat(1_000)), truncateSync(pack('-z'), 100)),
      /cannot be unpacked|ends in the middle/,
    ],
    [
      'one that unpacks to very much',
      () => (write('bomb', ''), truncateSync(join(folder, 'tree', 'bomb'), 2 * LIMIT), pack('-z')),
      /unpacks to more/,
    ],
    [
      'an image with a link for its list',
      () => (
        write('other', '[]'),
        anImage(),
        symlinkSync('other', join(folder, 'tree', 'index.json')),
        pack()
      ),
      /links/,
    ],
  ])('is not %s', async (_what, make, why) => {
    make();
    await expect(archives.inspect(join(folder, 'archive.tar'), signal)).rejects.toThrow(why);
  });

  it.each([[[]], [['-z']], [['--format=pax']]])(
    'is given to podman under our name alone, packed with %j',
    async (options) => {
      anImage();
      write('layer', 'l'.repeat(70_000));
      const bytes = await buffer(archives.named(pack(...options), 'localhost/nubo:ours', signal));
      const out = join(folder, 'out');
      mkdirSync(out);
      writeFileSync(join(folder, 'named.tar'), bytes);
      execFileSync('tar', ['-C', out, '-xf', join(folder, 'named.tar')]);
      const manifest = execFileSync('cat', [join(out, 'manifest.json')], { encoding: 'utf8' });
      expect(JSON.parse(manifest)).toEqual([
        { Config: 'c', RepoTags: ['localhost/nubo:ours'], Layers: ['l'] },
      ]);
      expect(execFileSync('cat', [join(out, 'layer')], { encoding: 'utf8' })).toBe('l'.repeat(70_000));
    },
  );
});
