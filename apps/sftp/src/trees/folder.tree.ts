import { constants, type Dir, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir, statfs } from 'node:fs/promises';
import { type Attributes, BLOCK, type FileSystem } from '../protocol/answers';
import { at, type Inside, PLAIN } from './inside.driver';
import { denied, failure } from './refusal';
import type { Entry, Listing, Names, OpenFile, OpenWish, Tree } from './tree';

/** On a file: somebody writes to it, or broke off. No client sees it or sets it. */
export const UNFINISHED = 0o1000;
const ENTRIES_AT_ONCE = 100;

const readOnly = (): Promise<never> => Promise.reject(denied('this folder can only be read'));

/** A folder that clients may read. */
export class FolderTree implements Tree {
  /** Permission bits that clients see. */
  protected readonly shownBits: number = 0o555;

  constructor(protected readonly inside: Inside) {}

  async stat(names: Names): Promise<Attributes> {
    return this.shown(await this.inside.stat(names));
  }

  async list(names: Names): Promise<Listing> {
    const folder = await this.inside.openFolder(names);
    const entries = await opendir(at(folder), { bufferSize: ENTRIES_AT_ONCE });
    return new FolderListing(folder, entries, (stats) => this.shown(stats));
  }

  async open(names: Names, wish: OpenWish): Promise<OpenFile> {
    if (wish.write || wish.create) return readOnly();
    const handle = await this.inside.entry(names, (path) => open(path, constants.O_RDONLY | PLAIN));
    try {
      ordinary(await handle.stat());
      return new ReadFile(handle, (stats) => this.shown(stats));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  set(_names: Names, ..._rest: unknown[]): Promise<void> {
    return readOnly();
  }

  remove(_names: Names): Promise<void> {
    return readOnly();
  }

  makeFolder(_names: Names, _mode?: number): Promise<void> {
    return readOnly();
  }

  removeFolder(_names: Names): Promise<void> {
    return readOnly();
  }

  rename(_from: Names, _to: Names, _over: boolean): Promise<void> {
    return readOnly();
  }

  async fileSystem(): Promise<FileSystem> {
    const { blocks, bsize, files } = await statfs(at(this.inside.root));
    const used = Math.floor((blocks * bsize) / BLOCK);
    return { blocks: used, freeBlocks: 0, files, freeFiles: 0, readOnly: true };
  }

  close(): Promise<void> {
    return this.inside.close();
  }

  protected shown({ size, mode, atimeMs, mtimeMs }: Stats): Attributes {
    return {
      size,
      mode: mode & (0o170000 | this.shownBits),
      atime: Math.floor(atimeMs / 1000),
      mtime: Math.floor(mtimeMs / 1000),
    };
  }
}

/** Throws a `Refusal` for a folder, a pipe, a device. */
export function ordinary(stats: Stats): void {
  if (stats.isDirectory()) throw failure('this is a folder');
  if (!stats.isFile()) throw denied('not an ordinary file');
}

class FolderListing implements Listing {
  constructor(
    private readonly folder: FileHandle,
    private readonly entries: Dir,
    private readonly shown: (stats: Stats) => Attributes,
  ) {}

  async next(): Promise<readonly Entry[]> {
    const names: string[] = [];
    while (names.length < ENTRIES_AT_ONCE) {
      const entry = await this.entries.read();
      if (!entry) break;
      names.push(entry.name);
    }
    if (names.length === 0) return [];
    const found = (await Promise.all(names.map((name) => this.entry(name)))).flat();
    return found.length > 0 ? found : this.next();
  }

  async close(): Promise<void> {
    await this.entries.close();
    await this.folder.close();
  }

  private async entry(name: string): Promise<Entry[]> {
    try {
      return [{ name, attributes: this.shown(await lstat(at(this.folder, name))) }];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

class ReadFile implements OpenFile {
  constructor(
    private readonly handle: FileHandle,
    private readonly shown: (stats: Stats) => Attributes,
  ) {}

  async read(into: Buffer, position: number): Promise<number> {
    return (await this.handle.read(into, 0, into.length, position)).bytesRead;
  }

  write(): Promise<void> {
    return readOnly();
  }

  async stat(): Promise<Attributes> {
    return this.shown(await this.handle.stat());
  }

  set(): Promise<void> {
    return readOnly();
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
