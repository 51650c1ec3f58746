/** The bytes of all releases, each content once, in files named by their digest that are never changed. */
import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { HostingConfig } from '../hosting.config';
import { Flushing } from './flushing.driver';

/** A blob that no release has is kept that long: it may be of one that is just being made. */
const GRACE_MS = 3_600_000;
/** Bytes: what has no more is held in memory, and not written when it is there. */
const SMALL = 64 * 1024;

@Injectable()
export class Blobs {
  private readonly blobs: string;
  private readonly incoming: string;
  private readonly disk: Flushing;

  constructor({ folder }: HostingConfig) {
    this.blobs = join(folder, 'blobs');
    this.incoming = join(folder, 'incoming');
    this.disk = new Flushing(this.incoming);
  }

  /** What `source` holds from its beginning; whole under its digest, or not at all. */
  async put(source: FileHandle): Promise<string> {
    await mkdir(this.incoming, { recursive: true, mode: 0o700 });
    const { size } = await source.stat();
    return size > SMALL ? this.putLarge(source) : this.putSmall(await bytesOf(source, size));
  }

  /** Nothing is written, nor waited for, when it is here already. */
  private async putSmall(bytes: Buffer): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (await this.has(sha256)) return sha256;
    const temporary = join(this.incoming, randomUUID());
    try {
      await writeFile(temporary, bytes);
      await this.disk.flush(temporary);
      await this.keep(temporary, sha256);
      return sha256;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  private async putLarge(source: FileHandle): Promise<string> {
    const temporary = join(this.incoming, randomUUID());
    const hash = createHash('sha256');
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    try {
      const input = createReadStream('', { fd: source, start: 0, autoClose: false });
      await pipeline(input, meter, createWriteStream(temporary, { flush: true }));
      const sha256 = hash.digest('hex');
      if (!(await this.has(sha256))) await this.keep(temporary, sha256);
      return sha256;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /**
   * What no release has is young again: a sweep that began before does not take it. What one has keeps its time, which
   * visitors know the file by; should the last such release go before the blob is placed, and a sweep come in between,
   * placing it fails, and whoever takes stock again reads the file again.
   */
  async has(sha256: string): Promise<boolean> {
    const path = this.path(sha256);
    const now = new Date();
    try {
      if ((await stat(path)).nlink === 1) await utimes(path, now, now);
      return true;
    } catch {
      return false;
    }
  }

  /** Gives a blob a name elsewhere on the same file system. */
  async place(sha256: string, path: string): Promise<void> {
    await link(this.path(sha256), path).catch(async (error: NodeJS.ErrnoException) => {
      // ext4: 65,000 names for a file.
      if (error.code !== 'EMLINK') throw error;
      await copyFile(this.path(sha256), path);
      await chmod(path, 0o644);
    });
  }

  /** Removes what no release has: its only name is the one here. */
  async sweep(graceMs = GRACE_MS): Promise<number> {
    const old = Date.now() - graceMs;
    let removed = 0;
    for (const folder of [this.blobs, this.incoming])
      for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
        const path = join(folder, name);
        const file = await stat(path).catch(() => undefined);
        if (!file?.isFile() || file.nlink > 1 || file.mtimeMs > old) continue;
        await rm(path, { force: true });
        removed += 1;
      }
    return removed;
  }

  private path(sha256: string): string {
    return join(this.blobs, sha256.slice(0, 2), sha256);
  }

  private async keep(temporary: string, sha256: string): Promise<void> {
    await chmod(temporary, 0o644);
    await mkdir(join(this.blobs, sha256.slice(0, 2)), { recursive: true, mode: 0o700 });
    await rename(temporary, this.path(sha256));
  }
}

/** Opens what is a plain file, and no link to one. */
export const openPlain = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDONLY | constants.O_NOFOLLOW);

async function bytesOf(source: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size);
  let at = 0;
  for (let read = -1; at < size && read !== 0; at += read)
    ({ bytesRead: read } = await source.read(bytes, at, size - at, at));
  return bytes.subarray(0, at);
}
