import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Attributes } from '../protocol/answers';
import type { NewAttributes } from '../protocol/fields';
import { UNFINISHED } from './folder.tree';
import type { OpenFiles, OpenRecord } from './open-files';
import { denied } from './refusal';
import type { Room } from './room';
import type { OpenFile, OpenWish } from './tree';
import type { Turns } from './turns';

/** What the files of one tree share. */
export interface SiteParts {
  readonly room: Room;
  readonly turns: Turns;
  readonly files: OpenFiles;
  readonly shown: (stats: Stats) => Attributes;
}

/** A file of the site that a client has opened. */
export class SiteFile implements OpenFile {
  private failed = false;

  constructor(
    private readonly handle: FileHandle,
    private readonly record: OpenRecord,
    private readonly wish: Pick<OpenWish, 'read' | 'write' | 'append'>,
    private readonly parts: SiteParts,
  ) {}

  async read(into: Buffer, position: number): Promise<number> {
    if (!this.wish.read) throw denied('the file was opened for writing only');
    return (await this.handle.read(into, 0, into.length, position)).bytesRead;
  }

  /** Room is taken before the first byte is written, so nobody writes at once what only one of two has room for. */
  async write(data: Buffer, position: number): Promise<void> {
    if (!this.wish.write) throw denied('the file was opened for reading only');
    const { record } = this;
    const from = this.wish.append ? record.size : position;
    try {
      this.parts.room.grow(record.size, from + data.length);
      record.size = Math.max(record.size, from + data.length);
      await this.writeAll(data, from);
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  async stat(): Promise<Attributes> {
    return this.parts.shown(await this.handle.stat());
  }

  set(attributes: NewAttributes): Promise<void> {
    return this.parts.turns.take(async () => {
      if (attributes.size !== undefined) await this.resize(attributes.size);
      await setAttributes(this.handle, attributes);
    });
  }

  sync(): Promise<void> {
    return this.handle.datasync();
  }

  close(whole: boolean): Promise<void> {
    return this.parts.turns.take(async () => {
      try {
        await this.unmark(whole && !this.failed);
      } finally {
        const { size } = await this.handle.stat();
        await this.handle.close();
        this.parts.files.leave(this.record, size, this.parts.room);
      }
    });
  }

  /** Must be called in the tree's turn. */
  async resize(size: number): Promise<void> {
    if (!this.wish.write) throw denied('the file was opened for reading only');
    const { room } = this.parts;
    room.grow(this.record.size, size);
    await this.handle.truncate(size);
    if (size < this.record.size) room.release({ bytes: this.record.size - size });
    this.record.size = size;
  }

  /** From now on nobody publishes the file. Must be called in the tree's turn, before anything is written. */
  async mark({ mode }: Stats): Promise<void> {
    if (!(mode & UNFINISHED)) await this.handle.chmod((mode & 0o777) | UNFINISHED);
  }

  private async unmark(whole: boolean): Promise<void> {
    const { record } = this;
    if (!this.wish.write) return;
    record.writers -= 1;
    record.broken ||= !whole;
    if (record.writers > 0) return;
    if (!record.broken) await this.handle.chmod((await this.handle.stat()).mode & 0o777);
    record.broken = false;
  }

  private async writeAll(data: Buffer, from: number): Promise<void> {
    try {
      for (let done = 0; done < data.length;) {
        const { bytesWritten } = await this.handle.write(data, done, data.length - done, from + done);
        done += bytesWritten;
      }
    } catch (error) {
      this.record.uncertain = true;
      throw error;
    }
  }
}

/** Owners are the platform's, and what is not in 0o777 is not the client's to set. */
export async function setAttributes(
  handle: FileHandle,
  { mode, atime, mtime }: NewAttributes,
): Promise<void> {
  if (mode !== undefined) {
    const stats = await handle.stat();
    const own = stats.isDirectory() ? 0o700 : 0o600;
    await handle.chmod((mode & 0o777) | own | (stats.mode & UNFINISHED));
  }
  if (mtime !== undefined) await handle.utimes(atime ?? mtime, mtime);
}
