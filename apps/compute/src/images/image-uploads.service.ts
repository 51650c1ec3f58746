import { createHash, randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import {
  conflict,
  forbidden,
  openUpload,
  tooLarge,
  type ImageView,
  type OpenUpload,
  type RequestContext,
  type UploadTicket,
} from '@nubo/contracts';
import { Intentions, principalOf } from '@nubo/persistence';
import { InternalUrl } from '@nubo/service';
import { LessThan } from 'typeorm';
import { UploadTicketRow } from '../../../../libs/entities/src/compute';
import { ImageStore } from './image-store.driver';
import { toImageView } from './images.mapper';
import { imageFor } from './images.service';
import { UploadStore, type Writing } from './upload.store';
import { assertGoesOn } from './upload.rules';

const TICKET_MS = 30_000;
/** How often the disk is flushed and the row told, and the lease renewed with it. */
const NOTE_MS = 2_000;

/** What comes over the internal port: where it goes on, and how much is announced. */
export interface Arriving {
  imageId: string;
  offset: number;
  ticket: string;
  length?: number;
}

/** Takes the content of images in pieces, each where the one before ended. */
@Injectable()
export class ImageUploads {
  constructor(
    private readonly intentions: Intentions,
    private readonly store: ImageStore,
    private readonly rows: UploadStore,
    private readonly url: InternalUrl,
  ) {}

  /** A ticket for one stream to this replica. Throws `conflict` that says where the upload has come to. */
  open(ctx: RequestContext, { id, offset }: OpenUpload): Promise<UploadTicket> {
    return this.intentions.write(openUpload, ctx, { id, offset }, async ({ em }) => {
      const image = await imageFor(em, ctx, id, 'manage');
      assertGoesOn(image, offset, await this.store.delivered(id));
      const ticket = randomBytes(32).toString('base64url');
      const expiresAt = new Date(Date.now() + TICKET_MS);
      const { userId } = principalOf(ctx);
      await em.delete(UploadTicketRow, { expiresAt: LessThan(new Date()) });
      const bound = { imageId: id, userId, position: String(offset), expiresAt };
      await em.insert(UploadTicketRow, { hash: hashOf(ticket), ...bound });
      const path = `/internal/images/${id}/content?offset=${offset}`;
      return { url: this.url.of(path), ticket, image: toImageView(image) };
    });
  }

  /** Writes what `body` gives behind what is there; what has arrived stays, however it ends. */
  async receive({ imageId, offset, ticket, length = 0 }: Arriving, body: Readable): Promise<ImageView> {
    const row = await this.rows.useTicket(hashOf(ticket));
    if (!row || row.imageId !== imageId || Number(row.position) !== offset || row.expiresAt < new Date())
      throw forbidden('bad_ticket', 'This ticket is not valid here, or not any more.');
    const writing = await this.rows.begin(imageId, offset, await this.store.delivered(imageId));
    try {
      if (offset + length > writing.size) throw beyond(writing.size);
      await this.write(writing, body);
    } finally {
      await this.rows.end(writing);
    }
    return toImageView(await this.rows.find(imageId));
  }

  /** The piece that makes the image whole is taken only when nothing follows it: one that is too long is not cut. */
  private async write(writing: Writing, body: Readable): Promise<void> {
    const file = await this.store.openDelivery(writing.imageId, writing.position);
    try {
      await this.note(writing);
      let noted = performance.now();
      let last: Buffer | undefined;
      // The stream must survive this loop: the answer goes over the same socket.
      for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        if (last || writing.position + chunk.length > writing.size) throw beyond(writing.size);
        if (writing.position + chunk.length === writing.size) {
          last = chunk;
          continue;
        }
        if (performance.now() - noted > NOTE_MS) {
          await flush(file, writing);
          await this.note(writing);
          noted = performance.now();
        }
        await append(file, writing, chunk);
      }
      if (last) await append(file, writing, last);
    } finally {
      try {
        await flush(file, writing);
      } finally {
        await file.close();
      }
    }
  }

  /** The image may have been deleted, and its file with it, while this one opened it anew. */
  private async note(writing: Writing): Promise<void> {
    if (await this.rows.note(writing)) return;
    if (await this.rows.isGoing(writing.imageId)) await this.store.dropDelivery(writing.imageId);
    throw conflict('upload_overtaken', 'The image is being written or deleted by somebody else.');
  }
}

async function flush(file: FileHandle, writing: Writing): Promise<void> {
  const { position } = writing;
  await file.datasync();
  writing.flushed = position;
}

async function append(file: FileHandle, writing: Writing, chunk: Buffer): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, writing.position + done);
    done += bytesWritten;
  }
  writing.position += chunk.length;
}

const beyond = (size: number) =>
  tooLarge('upload_too_large', `The image was announced with ${size} bytes; what comes is more.`, { size });

const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');
