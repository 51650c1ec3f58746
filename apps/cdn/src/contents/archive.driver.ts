import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { addAbortSignal, pipeline, Transform, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { NuboError, unprocessable } from '@nubo/contracts';
import { extract, type Extract } from 'tar-stream';
import { openPromise, type Entry as ZipEntry, type ZipFile } from 'yauzl';
import type { StoredBlob } from './content-store.driver';
import type { ManifestFile } from './manifest.rules';
import { refuse, Tree } from './tree.rules';

export interface ArchiveLimits {
  /** Of all files together, unpacked. */
  maxBytes: number;
  maxFiles: number;
  /** Ends it. */
  signal?: AbortSignal;
}

type TarEntry = Extract extends AsyncIterable<infer E> ? E : never;
type Source = AsyncIterable<Buffer>;
type Put = (source: Source) => Promise<StoredBlob>;

/** What headers and padding of an archive may take, beside an entry's own: writers fill up their last record. */
const SPARE_BYTES = 4_194_304;
const ENTRY_BYTES = 4_096;

/** RFC 1952, 2.3.1; APPNOTE.TXT of PKWARE, 4.3.7 and 4.3.16; POSIX ustar: "ustar" at 257. */
const GZIP = Buffer.from([0x1f, 0x8b]);
const ZIP = [Buffer.from('PK\x03\x04'), Buffer.from('PK\x05\x06')];
const USTAR = { at: 257, magic: Buffer.from('ustar') };

/** The upper half of a ZIP entry's external attributes is a Unix mode (APPNOTE.TXT 4.4.15); S_IFLNK of inode(7). */
const UNIX_TYPE = 0o170000;
const UNIX_LINK = 0o120000;

/** Unpacks tar, tar.gz and zip, recognised by their content. */
@Injectable()
export class Archives {
  /**
   * Gives every file to `put` and answers all of them by path. Throws `unprocessable` that names the entry for whatever
   * must not be in an archive, and for more bytes or files than `limits` allow, however they are packed.
   */
  async unpack(path: string, limits: ArchiveLimits, put: Put): Promise<ManifestFile[]> {
    const unpacking = new Unpacking(limits, put);
    try {
      await this.read(path, unpacking);
    } catch (error) {
      if (error instanceof NuboError) throw error;
      limits.signal?.throwIfAborted();
      throw broken(error);
    }
    return unpacking.finish();
  }

  private async read(path: string, unpacking: Unpacking): Promise<void> {
    const head = await headOf(path);
    if (ZIP.some((magic) => head.subarray(0, 4).equals(magic))) return zip(path, unpacking);
    const packed = head.subarray(0, 2).equals(GZIP);
    if (packed) return tar(path, unpacking, [createGunzip()]);
    const { at, magic } = USTAR;
    if (head.subarray(at, at + magic.length).equals(magic)) return tar(path, unpacking);
    throw unprocessable('not_an_archive', 'What was sent is no tar, tar.gz or zip archive.');
  }
}

class Unpacking {
  private readonly tree = new Tree();
  private bytes = 0;
  private entries = 0;

  constructor(
    private readonly limits: ArchiveLimits,
    private readonly put: Put,
  ) {}

  async file(name: string, source: Source): Promise<void> {
    this.count();
    this.tree.addFile(name, await this.put(this.metered(name, source)));
  }

  folder(name: string): void {
    this.count();
    this.tree.addFolder(name);
  }

  link(name: string, target: string, hard: boolean): void {
    this.count();
    this.tree.addLink(name, target, hard);
  }

  finish(): ManifestFile[] {
    const files = this.tree.finish();
    if (files.length === 0) throw unprocessable('empty_archive', 'There is no file in the archive.');
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    if (bytes > this.limits.maxBytes) throw this.tooMuch();
    return files;
  }

  /** The stream of a tar as it is unpacked, ended for more bytes than its entries need: so many nulls can be few. */
  watched(): Transform {
    let raw = 0;
    const transform = (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void => {
      raw += chunk.length;
      const spare = SPARE_BYTES + ENTRY_BYTES * this.entries;
      done(raw - this.bytes > spare ? beside() : null, chunk);
    };
    const stream = new Transform({ transform });
    return this.limits.signal ? addAbortSignal(this.limits.signal, stream) : stream;
  }

  private count(): void {
    const { maxFiles, signal } = this.limits;
    signal?.throwIfAborted();
    this.entries += 1;
    if (this.entries <= maxFiles) return;
    const message = `The archive has more than the ${maxFiles} entries that are allowed.`;
    throw unprocessable('archive_too_large', message, { maxFiles });
  }

  /** Counts what really comes, whatever the entry's header says. */
  private async *metered(name: string, source: Source): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      this.limits.signal?.throwIfAborted();
      this.bytes += chunk.length;
      if (this.bytes > this.limits.maxBytes) throw this.tooMuch(name);
      yield chunk;
    }
  }

  private tooMuch(name = ''): NuboError {
    const { maxBytes } = this.limits;
    const message = `The archive’s files have more than the ${maxBytes} bytes that are allowed.`;
    return unprocessable('archive_too_large', message, { maxBytes, ...(name && { entry: name }) });
  }
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function tar(path: string, unpacking: Unpacking, through: Transform[] = []): Promise<void> {
  const entries = extract();
  const source = unpacking.watched();
  source.once('error', (error) => entries.destroy(error)).pipe(entries);
  // What goes wrong before it ends `source` with the same error.
  pipeline([createReadStream(path), ...through, source], () => undefined);
  try {
    for await (const entry of entries) await tarEntry(entry, unpacking);
  } finally {
    source.destroy();
  }
}

async function tarEntry(entry: TarEntry, unpacking: Unpacking): Promise<void> {
  const { name, type, linkname } = entry.header;
  if (type === 'file' || type === 'contiguous-file') return unpacking.file(name, entry as Source);
  if (type === 'directory') unpacking.folder(name);
  else if (type === 'symlink' || type === 'link') unpacking.link(name, linkname ?? '', type === 'link');
  else throw refuse(name, `is a ${type ?? 'thing'}, which no content is`);
  entry.resume();
}

/** Names are checked by us, as those of tar; sizes are checked by yauzl against what comes. */
async function zip(path: string, unpacking: Unpacking): Promise<void> {
  const file = await openPromise(path, { lazyEntries: true, decodeStrings: true, autoClose: false });
  try {
    for await (const entry of file.eachEntry()) await zipEntry(file, entry, unpacking);
  } finally {
    file.close();
  }
}

async function zipEntry(file: ZipFile, entry: ZipEntry, unpacking: Unpacking): Promise<void> {
  const name = entry.fileName;
  if (entry.isEncrypted()) throw refuse(name, 'is encrypted');
  if (((entry.externalFileAttributes >>> 16) & UNIX_TYPE) === UNIX_LINK)
    return zipLink(file, entry, unpacking);
  if (name.endsWith('/')) return unpacking.folder(name);
  await unpacking.file(name, (await file.openReadStreamPromise(entry)) as Source);
}

/** What a link of a ZIP leads to is its content. */
async function zipLink(file: ZipFile, entry: ZipEntry, unpacking: Unpacking): Promise<void> {
  if (entry.uncompressedSize > 4_096) throw refuse(entry.fileName, 'is a link with too long a target');
  const stream = await file.openReadStreamPromise(entry);
  const chunks = (await stream.toArray()) as Buffer[];
  unpacking.link(entry.fileName, Buffer.concat(chunks).toString(), false);
}

const beside = (): NuboError =>
  unprocessable('archive_too_large', 'The archive holds too much that is of no file.');

function broken(error: unknown): NuboError {
  const why = error instanceof Error ? error.message : String(error);
  return new NuboError('unprocessable', 'bad_archive', `The archive cannot be read: ${why}.`, {
    cause: error,
  });
}
