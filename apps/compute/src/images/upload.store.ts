/** The rows of uploads: who may write, and how much has arrived. */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { notFound, serviceContext } from '@nubo/contracts';
import { Database, Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import { Image, UploadTicketRow } from '../../../../libs/entities/src/compute';
import { CREATE_MS, UPLOAD_MS } from './images.service';
import { assertGoesOn } from './upload.rules';

/** How long a stream may write without a word, s; it says one every other second. */
const LEASE_S = 15;

/** A stream that writes an image. */
export interface Writing {
  id: string;
  imageId: string;
  size: number;
  /** Bytes that are written, the next one's place. */
  position: number;
  /** Those of them that are on the disk for sure. */
  flushed: number;
}

@Injectable()
export class UploadStore {
  constructor(
    private readonly database: Database,
    private readonly intentions: Intentions,
  ) {}

  /** The ticket's row, which is gone now: whoever shows it again, or shows it in the wrong place, has none. */
  async useTicket(hash: string): Promise<UploadTicketRow | undefined> {
    return this.intentions.read(async (em) => {
      const used = em.createQueryBuilder().delete().from(UploadTicketRow).where({ hash }).returning('*');
      const { raw } = (await used.execute()) as { raw: Record<string, unknown>[] };
      return raw[0] && rowOf(raw[0]);
    });
  }

  /** The only stream from now on, at `offset`. `there`: bytes of the file. Throws `conflict` when it must not be. */
  begin(imageId: string, offset: number, there: number): Promise<Writing> {
    return this.intentions.apply(context(), async ({ em }) => {
      const query = em.createQueryBuilder(Image, 'image').where({ id: imageId });
      const image = await query.setLock('pessimistic_write').getOne();
      if (!image) throw notFound('image', imageId);
      assertGoesOn(image, offset, there);
      const id = randomUUID();
      const until = new Date(Date.now() + LEASE_S * 1000);
      await em.update(Image, { id: imageId }, { writer: id, writerUntil: until, received: String(offset) });
      return { id, imageId, size: Number(image.uploadSize), position: offset, flushed: offset };
    });
  }

  /** Notes what is on the disk and goes on. False: the image is not this stream's any more. */
  async note({ id, imageId, flushed }: Writing): Promise<boolean> {
    const sql = `UPDATE images SET received = $3::bigint, progress = least(100, 100 * $3::bigint / upload_size),
      writer_until = now() + $4::int * interval '1 second' WHERE id = $1 AND writer = $2 AND state = 'uploading'`;
    const [, noted] = await this.intentions.read((em) =>
      em.query<[unknown, number]>(sql, [imageId, id, flushed, LEASE_S]),
    );
    return noted === 1;
  }

  /** Gives the image back: whole, or as far as it came, with another day to go on. */
  async end({ id, imageId, flushed, size }: Writing): Promise<void> {
    const whole = flushed === size;
    const progress = Math.floor((100 * flushed) / size);
    await this.intentions.apply(context(), async ({ em }) => {
      const mine = { id: imageId, writer: id, state: 'uploading' as const };
      const noted = {
        writer: null,
        writerUntil: null,
        received: String(flushed),
        progress,
        updatedAt: new Date(),
      };
      const { affected } = await em.update(Image, mine, { ...noted, ...(whole && { state: 'creating' }) });
      if (affected === 1) await wake(em, 'image', imageId, { deadlineMs: whole ? CREATE_MS : UPLOAD_MS });
    });
  }

  find(id: string): Promise<Image> {
    return this.intentions.read((em) => em.findOneByOrFail(Image, { id }));
  }

  async isGoing(id: string): Promise<boolean> {
    const image = await this.database.manager.findOneBy(Image, { id });
    return !image || image.state === 'deleting';
  }
}

const context = () => serviceContext('compute', randomUUID());

const rowOf = (raw: Record<string, unknown>): UploadTicketRow => ({
  hash: String(raw['hash']),
  imageId: String(raw['image_id']),
  userId: String(raw['user_id']),
  position: String(raw['position']),
  expiresAt: new Date(raw['expires_at'] as string),
});
