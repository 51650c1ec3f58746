import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layFile } from './lay';

describe('a file that is laid', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nubo-lay-'));
    file = join(folder, 'built');
    writeFileSync(file, 'one');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const lay = (): string => layFile(file, join(folder, 'there'), 'image.tar');
  const inode = (): number => statSync(join(folder, 'there', 'image.tar')).ino;

  it('is there under its name, and nothing else', () => {
    expect(readFileSync(lay(), 'utf8')).toBe('one');
    expect(readdirSync(join(folder, 'there'))).toEqual(['image.tar']);
  });

  it('is not copied again while it is the same', () => {
    lay();
    const before = inode();
    lay();
    expect(inode()).toBe(before);
  });

  it.each(['other', 'two'])('is copied again when it was built anew: %s', (text) => {
    lay();
    writeFileSync(file, text);
    utimesSync(file, 1_000, 1_000);
    expect(readFileSync(lay(), 'utf8')).toBe(text);
  });

  it('is copied again when the copy was not finished', () => {
    writeFileSync(lay(), 'o');
    expect(readFileSync(lay(), 'utf8')).toBe('one');
  });
});
