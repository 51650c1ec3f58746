import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { conflict, serviceContext, unavailable, type HostEvent } from '@nubo/contracts';
import { Database, Intentions } from '@nubo/persistence';
import { wake, type Run } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Image, ImageCopy, type BaseFile } from '../../../../libs/entities/src/compute';
import { fileOf } from './base-files.store';
import { CopyDriver, placeOf, type Copy } from './image-copies.driver';

/** A small image is there within that: its first VM does not have to come again. */
const LOOKS = 20;
const LOOK_MS = 50;

export type Wanted = Pick<ImageCopy, 'imageId' | 'hostId'>;
type Failed = (reason: string) => Promise<void>;

/** The files of images on hosts. */
@Injectable()
export class ImageCopies {
  constructor(
    private readonly database: Database,
    private readonly intentions: Intentions,
    private readonly driver: CopyDriver,
  ) {}

  /**
   * The path of the image's file on the host, or podman's name of it there; undefined while its own reconciler still copies it there: come again
   * after half a second. However many ask at once, it is copied once. Throws `conflict` when the image is not ready,
   * `unavailable` with the reason when the copy last failed (it is tried again all the same), which `failed` is told.
   */
  ensure({ imageId, hostId }: Wanted, run: Run, failed: Failed): Promise<string | undefined> {
    return run.step('ensure the image is on the host', async () => {
      const { size, kind } = await this.readyFile(imageId);
      const copy = await this.find(imageId, hostId);
      if (copy?.state === 'ready' && (await this.driver.has(copyOf(copy), Number(size))))
        return placeOf(copyOf(copy));
      await this.intentions.apply(context(), ({ em }) => order(em, { imageId, hostId, kind }));
      const seen = await this.arrives(imageId, hostId, run.signal);
      if (!seen?.stateReason) return seen && placeOf(copyOf(seen));
      await failed(`Its image is not on its host: ${seen.stateReason}`);
      throw unavailable('image_not_copied', seen.stateReason);
    });
  }

  /** A host that is back has files of images that went meanwhile. */
  async hostChanged(hostId: string, state: HostEvent['state']): Promise<void> {
    if (state !== 'ready') return;
    await this.intentions.apply(context(), async ({ em }) => {
      for (const { id } of await em.findBy(ImageCopy, { hostId, state: 'removing' })) {
        await wake(em, 'image-copy', id);
      }
    });
  }

  /** Also of an image that is going: it goes with its last VM, which is perhaps this one. */
  private async readyFile(imageId: string): Promise<Pick<BaseFile, 'size' | 'kind'>> {
    const file = await fileOf(this.database.manager, imageId);
    if (file) return file;
    const image = await this.database.manager.findOneBy(Image, { id: imageId });
    throw conflict('image_not_ready', `The image ${imageId} is ${image?.state ?? 'gone'}.`);
  }

  private find(imageId: string, hostId: string): Promise<ImageCopy | null> {
    return this.database.manager.findOneBy(ImageCopy, { imageId, hostId });
  }

  /** The copy once it is ready, or failed: then it has a reason. */
  private async arrives(
    imageId: string,
    hostId: string,
    signal: AbortSignal,
  ): Promise<ImageCopy | undefined> {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      await pause(LOOK_MS, undefined, { signal });
      const copy = await this.find(imageId, hostId);
      if (copy?.state === 'ready' || copy?.stateReason) return copy;
    }
    return undefined;
  }
}

const copyOf = ({ id: copyId, hostId, imageId, kind }: ImageCopy): Copy => ({
  copyId,
  hostId,
  imageId,
  kind,
});

const context = () => serviceContext('compute', randomUUID());

/** Wants the file there; a copy under way is not disturbed. */
async function order(
  em: EntityManager,
  { imageId, hostId, kind }: Pick<ImageCopy, 'imageId' | 'hostId' | 'kind'>,
): Promise<void> {
  const rows: { id: string }[] = await em.query(
    `INSERT INTO image_copies (id, image_id, host_id, kind, state) VALUES ($1, $2, $3, $4, 'copying') ON CONFLICT DO NOTHING RETURNING id`,
    [randomUUID(), imageId, hostId, kind],
  );
  const made = rows[0]?.id;
  if (made) return wake(em, 'image-copy', made);
  const lost = await em.findOneBy(ImageCopy, { imageId, hostId, state: 'ready' });
  if (!lost) return;
  await em.update(ImageCopy, { id: lost.id, state: 'ready' }, { state: 'copying' });
  await wake(em, 'image-copy', lost.id);
}

/** The files of an image that is going shall go from all hosts, now or when they are back. */
export async function retireCopies(em: EntityManager, imageId: string): Promise<void> {
  const copies = await em.findBy(ImageCopy, { imageId });
  await em.update(ImageCopy, { imageId }, { state: 'removing', stateReason: null });
  for (const { id } of copies) await wake(em, 'image-copy', id);
}
