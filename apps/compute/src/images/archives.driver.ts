import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { ComputeConfig } from '../compute.config';
import {
  archiveRefusal,
  formatOf,
  isListing,
  LISTING_BYTES,
  renamed,
  type ArchiveFormat,
  type Listings,
} from './archive.rules';
import { ImageRefused } from './image-refused';
import { BLOCK, entryOf, nameIn, paddingOf, withSize, type TarEntry } from './tar.rules';

const GZIP = Buffer.from('1f8b', 'hex');
/** Entries of an archive. */
const MOST_ENTRIES = 1_000_000;

/** Reads archives of container images; what is in them stays in them. */
@Injectable()
export class Archives {
  constructor(private readonly config: ComputeConfig) {}

  /** What the file is. Rejects with {@link ImageRefused} for what we do not take; all of it is read. */
  async inspect(file: string, signal: AbortSignal): Promise<ArchiveFormat> {
    const listings: Listings = {};
    let entries = 0;
    let hasLinks = false;
    for await (const entry of this.entries(file, signal)) {
      entries += 1;
      if (entries > MOST_ENTRIES) throw refused(`The archive has more than ${MOST_ENTRIES} entries.`);
      hasLinks ||= entry.isLink;
      if (entry.isFile && isListing(entry.name)) listings[entry.name] = await entry.content();
    }
    if (entries === 0) throw refused('The archive is empty.');
    const refusal = archiveRefusal(listings, hasLinks);
    if (refusal) throw refused(refusal);
    return formatOf(listings);
  }

  /** The archive of an image, unpacked once, in which the image has the name `reference` alone. */
  named(file: string, reference: string, signal: AbortSignal): Readable {
    return Readable.from(this.rewritten(file, reference, signal), { objectMode: false });
  }

  private async *rewritten(file: string, reference: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    for await (const entry of this.entries(file, signal)) {
      if (!entry.isFile || !isListing(entry.name)) {
        yield entry.header;
        yield* entry.blocks();
        continue;
      }
      const content = renamed(entry.name, await entry.content(), reference);
      yield withSize(entry.header, content.length);
      yield Buffer.concat([content, Buffer.alloc(paddingOf(content.length))]);
    }
    yield Buffer.alloc(2 * BLOCK);
  }

  private async *entries(file: string, signal: AbortSignal): AsyncGenerator<OpenEntry> {
    const source = createReadStream(file, { signal });
    const unpacked = (await isGzip(file)) ? source.pipe(createGunzip()) : source;
    source.on('error', (error) => unpacked.destroy(error));
    const reader = new BlockReader(unpacked, this.config.imageMaxBytes);
    let naming: OpenEntry | undefined;
    try {
      for (;;) {
        const header = await reader.read(BLOCK);
        if (header.length === 0 || header.every((byte) => byte === 0)) return;
        const entry = header.length === BLOCK ? entryOf(header) : undefined;
        if (!entry) throw refused('It is no tar archive, or a broken one.');
        const name = naming ? nameIn(await naming.content()) : undefined;
        const opened = new OpenEntry(header, { ...entry, ...(name !== undefined && { name }) }, reader);
        if (entry.isNaming) await opened.content();
        yield opened;
        await opened.skip();
        naming = entry.isNaming ? opened : undefined;
      }
    } finally {
      source.destroy();
      unpacked.destroy();
    }
  }
}

/** An entry whose content is read now or never. */
class OpenEntry {
  private left: number;
  private held?: Buffer;

  constructor(
    readonly header: Buffer,
    private readonly entry: TarEntry,
    private readonly reader: BlockReader,
  ) {
    this.left = entry.size + paddingOf(entry.size);
  }

  get name(): string {
    return this.entry.name;
  }

  get isFile(): boolean {
    return this.entry.isFile;
  }

  get isLink(): boolean {
    return this.entry.isLink;
  }

  async content(): Promise<Buffer> {
    const { size } = this.entry;
    if (this.held) return this.held.subarray(0, size);
    if (size > LISTING_BYTES) throw refused(`${this.name} has more than ${LISTING_BYTES} bytes.`);
    const parts: Buffer[] = [];
    for await (const block of this.blocks()) parts.push(block);
    this.held = Buffer.concat(parts);
    return this.held.subarray(0, size);
  }

  /** With what fills the last block. */
  async *blocks(): AsyncGenerator<Buffer> {
    if (this.held) yield this.held;
    while (this.left > 0) {
      const part = await this.reader.some(this.left);
      if (part.length === 0) throw refused('The archive ends in the middle.');
      this.left -= part.length;
      yield part;
    }
  }

  async skip(): Promise<void> {
    if (this.held) return;
    const blocks = this.blocks();
    while (!(await blocks.next()).done);
  }
}

/** Reads a stream piece by piece, up to `limit` bytes: a small file may unpack to a very large one. */
class BlockReader {
  private rest: Buffer = Buffer.alloc(0);
  private total = 0;
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(
    source: Readable,
    private readonly limit: number,
  ) {
    this.chunks = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Up to `most` bytes; none at the end. */
  async some(most: number): Promise<Buffer> {
    if (this.rest.length === 0) await this.more();
    const part = this.rest.subarray(0, most);
    this.rest = this.rest.subarray(part.length);
    return part;
  }

  /** Fewer bytes at the end. */
  async read(bytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = bytes; left > 0;) {
      const part = await this.some(left);
      if (part.length === 0) break;
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  private async more(): Promise<void> {
    try {
      const next = await this.chunks.next();
      if (next.done) return;
      this.rest = next.value;
    } catch (error) {
      throw isDamage(error) ? refused(`It cannot be unpacked: ${(error as Error).message}.`) : error;
    }
    this.total += this.rest.length;
    if (this.total <= this.limit) return;
    throw new ImageRefused(
      'too_large',
      `The archive unpacks to more than the ${this.limit} bytes that are allowed.`,
    );
  }
}

/** zlib's own errors. */
const isDamage = (error: unknown): boolean => String((error as { code?: unknown }).code).startsWith('Z_');

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(GZIP.length), 0, GZIP.length, 0);
    return buffer.equals(GZIP);
  } finally {
    await file.close();
  }
}

const refused = (message: string): ImageRefused => new ImageRefused('not_an_image', message);
