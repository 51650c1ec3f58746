import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import {
  forbidden,
  openContent,
  tooLarge,
  type ContentTicket,
  type ContentView,
  type RequestContext,
} from '@nubo/contracts';
import { Intentions, principalOf } from '@nubo/persistence';
import { InternalUrl } from '@nubo/service';
import { CdnContent } from '../../../../libs/entities/src/cdn';
import { CdnConfig } from '../cdn.config';
import { Archives } from './archive.driver';
import { ContentStore } from './content-store.driver';

/** How long a content waits for a release to take it. */
const WAIT_MS = 3_600_000;

export interface StoredContent {
  manifest: string;
  files: number;
  bytes: number;
}

/** Takes archives: sent ones with a ticket, fetched ones from a file. */
@Injectable()
export class ContentsService {
  constructor(
    private readonly intentions: Intentions,
    private readonly store: ContentStore,
    private readonly archives: Archives,
    private readonly url: InternalUrl,
    private readonly config: CdnConfig,
  ) {}

  /** A ticket for one archive to this replica. */
  open(ctx: RequestContext): Promise<ContentTicket> {
    return this.intentions.write(openContent, ctx, {}, async ({ em }) => {
      const { userId, tenantId } = principalOf(ctx);
      const id = randomUUID();
      const ticket = randomBytes(32).toString('base64url');
      const expiresAt = new Date(Date.now() + WAIT_MS);
      await em.insert(CdnContent, { id, userId, tenantId, ticket: hashOf(ticket), expiresAt });
      const url = this.url.of(`/internal/contents/${id}`);
      return { url, ticket, content: { id, manifest: null, files: 0, bytes: 0 } };
    });
  }

  /** Unpacks, checks and keeps what `body` gives. Throws `invalid` for what is no archive or must not be in one. */
  async receive(id: string, ticket: string, body: Readable): Promise<ContentView> {
    await this.useTicket(id, ticket);
    const path = await this.store.temporary();
    try {
      const limit = new Limit(this.config.maxBytes);
      await pipeline(
        body.iterator({ destroyOnReturn: false }),
        limit,
        createWriteStream(path, { mode: 0o600 }),
      );
      return await this.keep(id, path);
    } finally {
      await this.store.discard(path);
    }
  }

  /** The content `id` is what the archive `path` holds. */
  async keep(id: string, path: string): Promise<ContentView> {
    const { manifest, files, bytes } = await this.unpack(path);
    await this.intentions.read((em) =>
      em.update(CdnContent, { id }, { manifest, files, bytes: String(bytes) }),
    );
    return { id, manifest, files, bytes };
  }

  async unpack(path: string, signal?: AbortSignal): Promise<StoredContent> {
    const { maxBytes, maxFiles } = this.config;
    const files = await this.archives.unpack(path, { maxBytes, maxFiles, signal }, (stream) =>
      this.store.put(stream),
    );
    const manifest = await this.store.putManifest(files);
    return { manifest, files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  }

  private async useTicket(id: string, ticket: string): Promise<void> {
    const used = await this.intentions.read((em) =>
      em.update(CdnContent, { id, ticket: hashOf(ticket) }, { ticket: null }),
    );
    if (used.affected !== 1) throw forbidden('bad_ticket', 'This ticket is not valid here, or not any more.');
  }
}

class Limit extends Transform {
  private bytes = 0;

  constructor(private readonly most: number) {
    super();
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void {
    this.bytes += chunk.length;
    if (this.bytes <= this.most) return done(null, chunk);
    done(tooLarge('archive_too_large', `The archive has more than the ${this.most} bytes that are allowed.`));
  }
}

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');
