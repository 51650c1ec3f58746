import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Flushing } from './flushing.driver';

describe('bringing files to the disk', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nubo-flush-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const files = (count: number): string[] =>
    Array.from({ length: count }, (_, n) => {
      writeFileSync(join(folder, `${n}`), `${n}`);
      return join(folder, `${n}`);
    });

  it.each([1, 5, 200])('ends for each of %d that come at once', async (count) => {
    const disk = new Flushing(folder);
    await Promise.all(files(count).map((path) => disk.flush(path)));
    await disk.flush(join(folder, '0'));
  });

  it('fails for the one that is not there, and for no other', async () => {
    const disk = new Flushing(folder);
    const [one = '', two = ''] = files(2);
    const ended = await Promise.allSettled([one, join(folder, 'none'), two].map((path) => disk.flush(path)));
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('fails for all that could not be flushed together, and goes on with those that come later', async () => {
    const disk = new Flushing(join(folder, 'none'));
    const [first = '', ...others] = files(100);
    const ended = await Promise.allSettled([first, ...others].map((path) => disk.flush(path)));
    expect(ended[0]?.status).toBe('fulfilled');
    expect(new Set(ended.slice(1).map(({ status }) => status))).toEqual(new Set(['rejected']));
    await disk.flush(first);
  });
});
