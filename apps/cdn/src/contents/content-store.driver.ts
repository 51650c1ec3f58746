import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CdnConfig } from '../cdn.config';
import {
  canonical,
  digestOf,
  manifestOf,
  parseManifest,
  type Manifest,
  type ManifestFile,
} from './manifest.rules';

/** A blob that nothing names is kept that long: it may be of a content that is just being unpacked. */
const GRACE_MS = 3_600_000;
/** What was made young so lately is not touched again. */
const YOUNG_MS = GRACE_MS / 4;
/** So many are known to be young. */
const MOST_YOUNG = 50_000;
/** Bytes: what has no more is held in memory, and not written when it is there. */
const SMALL = 64 * 1024;

export interface StoredBlob {
  sha256: string;
  size: number;
}

/** Where contents are kept, each blob once, under its digest. Another storage is another implementation. */
export abstract class ContentStore {
  /** A place for an archive while it comes. */
  abstract temporary(): Promise<string>;
  abstract discard(path: string): Promise<void>;
  /** Takes what `source` gives; whole under its digest, or not at all. */
  abstract put(source: AsyncIterable<Buffer>): Promise<StoredBlob>;
  /** Whether it is here; a sweep that began before does not take it then. */
  abstract has(sha256: string): Promise<boolean>;
  abstract putManifest(files: ManifestFile[]): Promise<string>;
  /** Throws when there is no such manifest. */
  abstract manifest(sha256: string): Promise<Manifest>;
  /** `<sha256> <size>\n` and the bytes, for each. */
  abstract frames(blobs: StoredBlob[]): Readable;
  /** Removes what is older than an hour and not in `used`. */
  abstract sweep(used: ReadonlySet<string>): Promise<number>;
}

/** A folder of this machine. */
@Injectable()
export class FolderContentStore extends ContentStore {
  private readonly blobs: string;
  private readonly incoming: string;
  /** Digests of what was made young lately. */
  private readonly young = new LRUCache<string, true>({ max: MOST_YOUNG, ttl: YOUNG_MS });

  constructor(config: CdnConfig) {
    super();
    this.blobs = join(config.folder, 'blobs');
    this.incoming = join(config.folder, 'incoming');
  }

  async temporary(): Promise<string> {
    await mkdir(this.incoming, { recursive: true, mode: 0o700 });
    return join(this.incoming, randomUUID());
  }

  discard(path: string): Promise<void> {
    return rm(path, { force: true });
  }

  async put(source: AsyncIterable<Buffer>): Promise<StoredBlob> {
    const chunks = source[Symbol.asyncIterator]();
    const head: Buffer[] = [];
    let size = 0;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      head.push(next.value);
      size += next.value.length;
      if (size > SMALL) return this.putLarge(Readable.from(joined(head, chunks)));
    }
    return this.putSmall(Buffer.concat(head));
  }

  private async putSmall(bytes: Buffer): Promise<StoredBlob> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const stored = { sha256, size: bytes.length };
    if (await this.has(sha256)) return stored;
    const path = await this.temporary();
    try {
      await writeFile(path, bytes, { mode: 0o600, flush: true });
      await this.keep(path, sha256);
      return stored;
    } finally {
      await this.discard(path);
    }
  }

  /** It is young again. */
  async has(sha256: string): Promise<boolean> {
    if (this.young.has(sha256)) return true;
    const now = new Date();
    const there = await utimes(this.path(sha256), now, now).then(
      () => true,
      () => false,
    );
    if (there) this.young.set(sha256, true);
    return there;
  }

  private async putLarge(source: Readable): Promise<StoredBlob> {
    const path = await this.temporary();
    const hash = createHash('sha256');
    let size = 0;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await pipeline(source, meter, createWriteStream(path, { mode: 0o600, flush: true }));
      const sha256 = hash.digest('hex');
      await this.keep(path, sha256);
      return { sha256, size };
    } finally {
      await this.discard(path);
    }
  }

  async putManifest(files: ManifestFile[]): Promise<string> {
    const text = canonical(manifestOf(files));
    await this.put(Readable.from([Buffer.from(text)]));
    return digestOf(text);
  }

  async manifest(sha256: string): Promise<Manifest> {
    return parseManifest(await readFile(this.path(sha256), 'utf8'));
  }

  frames(blobs: StoredBlob[]): Readable {
    const path = (sha256: string): string => this.path(sha256);
    return Readable.from(
      (async function* () {
        for (const { sha256, size } of blobs) {
          const head = Buffer.from(`${sha256} ${size}\n`);
          if (size <= SMALL) yield Buffer.concat([head, await readFile(path(sha256))]);
          else {
            yield head;
            yield* createReadStream(path(sha256)) as AsyncIterable<Buffer>;
          }
        }
      })(),
    );
  }

  async sweep(used: ReadonlySet<string>): Promise<number> {
    const old = Date.now() - GRACE_MS;
    let removed = 0;
    for (const name of await readdir(this.blobs, { recursive: true }).catch(() => [])) {
      const sha256 = name.slice(name.lastIndexOf('/') + 1);
      if (sha256.length < 64 || used.has(sha256)) continue;
      const file = await stat(join(this.blobs, name)).catch(() => undefined);
      if (!file || file.mtimeMs > old) continue;
      await rm(join(this.blobs, name), { force: true });
      removed += 1;
    }
    for (const name of await readdir(this.incoming).catch(() => [])) {
      const file = await stat(join(this.incoming, name)).catch(() => undefined);
      if (file && file.mtimeMs < old) await rm(join(this.incoming, name), { force: true });
    }
    return removed;
  }

  private path(sha256: string): string {
    return join(this.blobs, sha256.slice(0, 2), sha256);
  }

  /** What is there already is as good. */
  private async keep(temporary: string, sha256: string): Promise<void> {
    const path = this.path(sha256);
    await mkdir(join(this.blobs, sha256.slice(0, 2)), { recursive: true, mode: 0o700 });
    await rename(temporary, path);
    await this.has(sha256);
  }
}

async function* joined(head: Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
