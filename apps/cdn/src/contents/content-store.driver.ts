import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
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
  abstract put(source: Readable): Promise<StoredBlob>;
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

  async put(source: Readable): Promise<StoredBlob> {
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
          yield Buffer.from(`${sha256} ${size}\n`);
          yield* createReadStream(path(sha256)) as AsyncIterable<Buffer>;
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

  /** What is there already is as good, and young again: a sweep that began before does not take it. */
  private async keep(temporary: string, sha256: string): Promise<void> {
    const path = this.path(sha256);
    await mkdir(join(this.blobs, sha256.slice(0, 2)), { recursive: true, mode: 0o700 });
    await rename(temporary, path);
    const now = new Date();
    await utimes(path, now, now);
  }
}
