import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { FolderContentStore } from './content-store.driver';
import { digestOf } from './manifest.rules';

const LONG_AGO = new Date(Date.now() - 2 * 3_600_000);

describe('the store of contents', () => {
  let folder: string;
  let store: FolderContentStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nubo-contents-'));
    store = open();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = () => new FolderContentStore({ folder } as never);
  const put = (text: string, of = store) => of.put(Readable.from([Buffer.from(text)]));
  const pathOf = (text: string) => join(folder, 'blobs', digestOf(text).slice(0, 2), digestOf(text));
  const isThere = (text: string) =>
    stat(pathOf(text)).then(
      () => true,
      () => false,
    );
  const age = (text: string) => utimes(pathOf(text), LONG_AGO, LONG_AGO);

  it.each([
    ['nothing', ''],
    ['a little', 'little'],
    ['as much as is held in memory', 'x'.repeat(65_536)],
    ['much', 'y'.repeat(300_000)],
  ])('keeps %s under its digest, and gives it back', async (_, text) => {
    const pieces = text.match(/.{1,10000}/g) ?? [];
    const blob = await store.put(Readable.from(pieces.map((piece) => Buffer.from(piece))));
    expect(blob).toEqual({ sha256: digestOf(text), size: text.length });
    expect((await buffer(store.frames([blob]))).toString()).toBe(`${blob.sha256} ${blob.size}\n${text}`);
    expect(await readdir(join(folder, 'incoming')).catch(() => [])).toEqual([]);
  });

  it('fails when its source does, and keeps nothing of it', async () => {
    const source = Readable.from(
      (async function* () {
        yield Buffer.from('begun');
        throw new TypeError('broken');
      })(),
    );
    await expect(store.put(source)).rejects.toThrow('broken');
    expect(await isThere('begun')).toBe(false);
  });

  it('makes young what it is given again, so that a sweep leaves it', async () => {
    for (const text of ['kept', 'old']) {
      await put(text);
      await age(text);
    }
    await put('kept', open());
    expect(await open().sweep(new Set())).toBe(1);
    expect([await isThere('kept'), await isThere('old')]).toEqual([true, false]);
  });

  it('writes again what somebody has removed', async () => {
    await put('lost');
    await rm(pathOf('lost'));
    await put('lost', open());
    expect(await isThere('lost')).toBe(true);
  });
});
