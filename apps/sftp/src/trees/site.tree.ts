import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, rename, rmdir, statfs, unlink } from 'node:fs/promises';
import { BLOCK, type FileSystem } from '../protocol/answers';
import type { NewAttributes } from '../protocol/fields';
import { countBelow } from './count.driver';
import { FolderTree, ordinary, UNFINISHED } from './folder.tree';
import { at, type Inside, PLAIN } from './inside.driver';
import { MAX_DEPTH } from './names.rules';
import { OpenFiles } from './open-files';
import { denied, failure, limit } from './refusal';
import { type Limits, Room } from './room';
import { setAttributes, SiteFile, type SiteParts } from './site-file';
import type { Names, OpenFile, OpenWish } from './tree';
import { Turns } from './turns';

const WRITE_ONLY_HANDLE = { read: false, write: true, append: false } as const;

/**
 * The folder that the next release is made from. All sessions of a project share one, so that they count together; what
 * changes names happens one after the other.
 */
export class SiteTree extends FolderTree {
  protected override readonly shownBits: number = 0o777;
  private readonly turns = new Turns();
  private readonly files = new OpenFiles();
  private room?: Room;

  constructor(
    inside: Inside,
    private limits: Limits,
  ) {
    super(inside);
  }

  /** New limits hold for what is written from now on. */
  limitTo(limits: Limits): void {
    this.limits = limits;
    if (this.room) this.room.limits = limits;
  }

  override open(names: Names, wish: OpenWish): Promise<OpenFile> {
    return this.turn((parts) =>
      this.inside.entry(names, async (path) => {
        const handle = await openOrCreate(path, wish, parts.room);
        return this.entered(handle, wish, parts);
      }),
    );
  }

  override async set(names: Names, attributes: NewAttributes): Promise<void> {
    // Clients set the times of the folder that they mirror to.
    if (names.length === 0) return;
    const { size } = attributes;
    await this.turn((parts) =>
      this.inside.entry(names, async (path) => {
        if (size !== undefined) await this.resize(path, size, parts);
        await withHandle(path, (handle) => setAttributes(handle, attributes));
      }),
    );
  }

  override remove(names: Names): Promise<void> {
    return this.turn(({ room }) =>
      this.inside.entry(names, async (path) => {
        const stats = await lstat(path);
        if (stats.isDirectory()) throw failure('this is a folder');
        await unlink(path);
        this.files.removed(stats, room);
      }),
    );
  }

  override makeFolder(names: Names, mode = 0o755): Promise<void> {
    if (names.length > MAX_DEPTH) throw limit(`folders are at most ${MAX_DEPTH} deep`);
    return this.turn(({ room }) =>
      this.inside.entry(names, (path) => adding(room, () => mkdir(path, (mode & 0o777) | 0o700))),
    );
  }

  override removeFolder(names: Names): Promise<void> {
    return this.turn(({ room }) =>
      this.inside.entry(names, async (path) => {
        await rmdir(path);
        room.release({ files: 1 });
      }),
    );
  }

  override rename(from: Names, to: Names, over: boolean): Promise<void> {
    return this.turn(({ room }) =>
      this.inside.entry(from, (source) =>
        this.inside.entry(to, async (target) => {
          const [moved, replaced] = [await lstat(source), await present(target)];
          if (replaced && !over) throw failure('there is something of this name already');
          if (moved.isDirectory()) await this.fits(from, to);
          await rename(source, target);
          if (replaced && replaced.ino !== moved.ino) this.files.removed(replaced, room);
        }),
      ),
    );
  }

  override fileSystem(): Promise<FileSystem> {
    return this.turn(async ({ room }) => {
      const { bavail, bsize } = await statfs(at(this.inside.root));
      const { bytes, files } = room.left;
      return {
        blocks: Math.floor(this.limits.bytes / BLOCK),
        freeBlocks: Math.floor(Math.min(bytes, bavail * bsize) / BLOCK),
        files: this.limits.files,
        freeFiles: files,
        readOnly: false,
      };
    });
  }

  private turn<T>(work: (parts: SiteParts) => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      this.room ??= new Room(this.limits, await countBelow(this.inside.root));
      const { room, turns, files } = this;
      return work({ room, turns, files, shown: (stats) => this.shown(stats) });
    });
  }

  private async entered(handle: FileHandle, wish: OpenWish, parts: SiteParts): Promise<SiteFile> {
    let file: SiteFile | undefined;
    try {
      const stats = await handle.stat();
      ours(stats);
      file = new SiteFile(handle, this.files.enter(stats, wish.write), wish, parts);
      if (wish.write) await file.mark(stats);
      if (wish.write && wish.truncate) await file.resize(0);
      return file;
    } catch (error) {
      if (!file) await handle.close();
      // Waits for its turn, and this one lasts until the error is known.
      else void file.close(false).catch(() => undefined);
      throw error;
    }
  }

  /** The mark stays as it is: nobody else sees a file half cut. */
  private async resize(path: string, size: number, parts: SiteParts): Promise<void> {
    const handle = await open(path, constants.O_WRONLY | PLAIN);
    try {
      const stats = await handle.stat();
      ours(stats);
      const record = this.files.enter(stats, false);
      const file = new SiteFile(handle, record, WRITE_ONLY_HANDLE, parts);
      await file.resize(size).finally(() => this.files.leave(record, record.size, parts.room));
    } finally {
      await handle.close();
    }
  }

  private async fits(from: Names, to: Names): Promise<void> {
    if (to.length <= from.length) return;
    const folder = await this.inside.openFolder(from);
    try {
      const { depth } = await countBelow(folder);
      if (to.length + depth > MAX_DEPTH) throw limit(`folders are at most ${MAX_DEPTH} deep`);
    } finally {
      await folder.close();
    }
  }
}

/** A second name could be anywhere, also where this client may not write. */
function ours(stats: Stats): void {
  ordinary(stats);
  if (stats.nlink > 1) throw denied('this file has a second name outside of the site');
}

async function withHandle(path: string, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | PLAIN);
  try {
    const stats = await handle.stat();
    if (!stats.isDirectory()) ours(stats);
    await work(handle);
  } finally {
    await handle.close();
  }
}

async function openOrCreate(path: string, wish: OpenWish, room: Room): Promise<FileHandle> {
  const flags = accessOf(wish) | PLAIN;
  const create = (): Promise<FileHandle> =>
    adding(room, () =>
      open(path, flags | constants.O_CREAT | constants.O_EXCL, fileMode(wish.mode) | UNFINISHED),
    );
  if (!wish.create || !wish.write) return open(path, flags);
  if (wish.exclusive) return create();
  try {
    return await open(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return create();
  }
}

function accessOf({ read, write }: OpenWish): number {
  if (!write) return constants.O_RDONLY;
  return read ? constants.O_RDWR : constants.O_WRONLY;
}

const fileMode = (mode = 0o644): number => (mode & 0o777) | 0o600;

async function adding<T>(room: Room, work: () => Promise<T>): Promise<T> {
  room.add();
  try {
    return await work();
  } catch (error) {
    room.release({ files: 1 });
    throw error;
  }
}

async function present(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
