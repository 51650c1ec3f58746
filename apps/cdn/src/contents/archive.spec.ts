import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { Archives, type ArchiveLimits } from './archive.driver';
import type { ManifestFile } from './manifest.rules';
import { tarGzOf, tarOf, zipOf, type Item } from './testing/archives';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const LIMITS: ArchiveLimits = { maxBytes: 1_000, maxFiles: 10 };
const LINK = 0o120777;

let folder: string;
let stored: number;
beforeEach(async () => {
  stored = 0;
  folder = await mkdtemp(join(tmpdir(), 'nubo-archive-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(source: AsyncIterable<Buffer>): Promise<{ sha256: string; size: number }> {
  const body = await buffer(source);
  stored += body.length;
  return { sha256: createHash('sha256').update(body).digest('hex'), size: body.length };
}

async function unpack(archive: Buffer, limits = LIMITS, into = put): Promise<ManifestFile[]> {
  const path = join(folder, 'archive');
  await writeFile(path, archive);
  return new Archives().unpack(path, limits, into);
}

const file = (name: string, body = 'x'): Item => ({ name, body });
const refused = (entry: string) => ({ code: 'bad_archive', details: { entry } });

describe.each([
  ['tar', tarOf],
  ['tar.gz', tarGzOf],
  [
    'zip',
    async (items: Item[]) => zipOf(items.map(({ name, body }) => ({ name, body: String(body ?? '') }))),
  ],
] as const)('a %s archive', (_kind, make) => {
  it('becomes its files under their paths', async () => {
    const files = await unpack(await make([file('index.html', 'hello'), file('./css//site.css', 'body')]));
    expect(files.sort((a, b) => a.path.localeCompare(b.path))).toEqual([
      { path: 'css/site.css', sha256: sha('body'), size: 4 },
      { path: 'index.html', sha256: sha('hello'), size: 5 },
    ]);
  });

  it.each(['/etc/passwd', '../up', 'a/../../up', 'a/..', 'new\nline', 'a'.repeat(241)])(
    'is refused with an entry %j',
    async (name) => {
      await expect(unpack(await make([file('ok'), file(name)]))).rejects.toMatchObject({
        code: 'bad_archive',
      });
    },
  );

  it('is refused when it has too many entries, or unpacks to too much', async () => {
    const many = Array.from({ length: 11 }, (_, n) => file(`f${n}`));
    await expect(unpack(await make(many))).rejects.toMatchObject({ details: { maxFiles: 10 } });
    const large = [file('a', 'x'.repeat(600)), file('b', 'y'.repeat(600))];
    await expect(unpack(await make(large))).rejects.toMatchObject({ details: { maxBytes: 1_000 } });
    expect(stored).toBeLessThanOrEqual(1_000);
  });

  it('is refused when a path is there twice, or is a file and a folder', async () => {
    await expect(unpack(await make([file('a'), file('./a')]))).rejects.toMatchObject({ code: 'bad_archive' });
    await expect(unpack(await make([file('a'), file('a/b')]))).rejects.toMatchObject({ code: 'bad_archive' });
    await expect(unpack(await make([file('a/b'), file('a')]))).rejects.toMatchObject({ code: 'bad_archive' });
  });

  it.each([Array.from({ length: 5 }, () => 'n'.repeat(210)).join('/'), '.'])(
    'has no file %j',
    async (name) => {
      await expect(unpack(await make([file(name)]))).rejects.toMatchObject({ code: 'bad_archive' });
    },
  );

  it('is refused when it is deeper than anybody needs', async () => {
    const deep = `${'d/'.repeat(40)}f`;
    await expect(unpack(await make([file(deep)]))).rejects.toMatchObject({ code: 'bad_archive' });
  });

  it('is left when nobody waits for it any more, and nothing is said of it', async () => {
    const ended = new AbortController();
    const over = new Error('it took too long');
    let puts = 0;
    const slow = async (source: AsyncIterable<Buffer>) => {
      puts += 1;
      ended.abort(over);
      return put(source);
    };
    const archive = await make([file('a'), file('b'), file('c')]);
    await expect(unpack(archive, { ...LIMITS, signal: ended.signal }, slow)).rejects.toBe(over);
    expect(puts).toBe(1);
  });

  it('is refused when it is empty or cut', async () => {
    await expect(unpack(await make([]))).rejects.toMatchObject({ kind: 'unprocessable' });
    const whole = await make([file('a', 'x'.repeat(900))]);
    const cut = unpack(whole.subarray(0, whole.length >> 1));
    await expect(cut).rejects.toMatchObject({ kind: 'unprocessable' });
  });
});

describe('a backslash in a name', () => {
  it('is refused, but in a zip it is what Windows has for a slash', async () => {
    await expect(unpack(await tarOf([file('back\\slash')]))).rejects.toMatchObject({ code: 'bad_archive' });
    const [only] = await unpack(zipOf([{ name: 'back\\slash', body: 'x' }]));
    expect(only?.path).toBe('back/slash');
    await expect(unpack(zipOf([{ name: '..\\up', body: 'x' }]))).rejects.toMatchObject({
      kind: 'unprocessable',
    });
  });
});

it('a folder of an archive is no file of it', async () => {
  const folderToo = await tarOf([file('a'), { name: 'a', type: 'directory' }]);
  await expect(unpack(folderToo)).rejects.toMatchObject(refused('a'));
});

it('what is encrypted in a zip is refused', async () => {
  const secret = zipOf([{ name: 'secret', body: 'x', encrypted: true }]);
  await expect(unpack(secret)).rejects.toMatchObject({
    ...refused('secret'),
    message: expect.stringContaining('encrypted') as string,
  });
});

describe('links in an archive', () => {
  const link = (name: string, linkname: string): Item => ({ name, linkname, type: 'symlink' });

  it('become what they lead to, through others and from folders', async () => {
    const files = await unpack(
      await tarOf([
        file('v2/app.js', 'two'),
        link('v2/latest.js', 'app.js'),
        link('app.js', './v2/latest.js'),
        { name: 'hard.js', linkname: 'v2/app.js', type: 'link' },
        link('v2/deep/up.js', '../../app.js'),
      ]),
    );
    expect(files.map(({ path }) => path).sort()).toEqual([
      'app.js',
      'hard.js',
      'v2/app.js',
      'v2/deep/up.js',
      'v2/latest.js',
    ]);
    expect(new Set(files.map(({ sha256 }) => sha256))).toEqual(new Set([sha('two')]));
  });

  it.each([
    ['out', '/etc/passwd'],
    ['out', '/ok'],
    ['out', '../outside'],
    ['a/out', '../../outside'],
    ['nowhere', 'missing'],
    ['loop', 'loop'],
  ])('are refused: %s → %s', async (name, target) => {
    await expect(unpack(await tarOf([file('ok'), link(name, target)]))).rejects.toMatchObject(refused(name));
  });

  it('of a zip are followed and refused in the same way', async () => {
    const ok = { name: 'real.txt', body: 'real' };
    const good = { name: 'link.txt', body: 'real.txt', mode: LINK };
    const files = await unpack(zipOf([ok, good]));
    expect(files.map(({ path, sha256 }) => [path, sha256])).toEqual([
      ['real.txt', sha('real')],
      ['link.txt', sha('real')],
    ]);
    const bad = { name: 'link.txt', body: '../../etc/shadow', mode: LINK };
    await expect(unpack(zipOf([ok, bad]))).rejects.toMatchObject(refused('link.txt'));
    const long = { name: 'link.txt', body: `${'./'.repeat(2_100)}real.txt`, mode: LINK };
    await expect(unpack(zipOf([ok, long]), { ...LIMITS, maxBytes: 10_000 })).rejects.toMatchObject(
      refused('link.txt'),
    );
  });

  it('count against the limit of bytes: many links to one large file are no way around it', async () => {
    const large = file('large', 'x'.repeat(400));
    const links = ['a', 'b', 'c'].map((name) => link(name, 'large'));
    await expect(unpack(await tarOf([large, ...links]))).rejects.toMatchObject({ code: 'archive_too_large' });
  });
});

describe('what is no archive of files', () => {
  it('is refused', async () => {
    await expect(unpack(Buffer.from('<html></html>'))).rejects.toMatchObject({ code: 'not_an_archive' });
    await expect(unpack(Buffer.alloc(0))).rejects.toMatchObject({ code: 'not_an_archive' });
    await expect(unpack(gzipSync('just text'))).rejects.toMatchObject({ kind: 'unprocessable' });
  });

  it.each(['character-device', 'block-device', 'fifo'] as const)('a %s is refused', async (type) => {
    await expect(unpack(await tarOf([file('ok'), { name: 'dev', type }]))).rejects.toMatchObject(
      refused('dev'),
    );
  });

  it('a bomb ends where the limit is, however small it is packed', async () => {
    const bomb = await tarGzOf([file('zeros', '\0'.repeat(5_000_000))]);
    expect(bomb.length).toBeLessThan(10_000);
    await expect(unpack(bomb)).rejects.toMatchObject({ code: 'archive_too_large' });
    expect(stored).toBeLessThanOrEqual(1_000);
  });

  it('a bomb of what is of no file ends, too; a tar may be filled up', async () => {
    const tar = await tarOf([file('a')]);
    const filled = (bytes: number): Buffer => gzipSync(Buffer.concat([tar, Buffer.alloc(bytes)]));
    await expect(unpack(filled(8_192_000))).rejects.toMatchObject({ code: 'archive_too_large' });
    expect(await unpack(filled(1_024_000))).toHaveLength(1);
  });
});
