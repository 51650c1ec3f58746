import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { serviceContext, type ImageState } from '@nubo/contracts';
import { DownloadRefused } from '@nubo/download';
import { Database, Intentions } from '@nubo/persistence';
import {
  gone,
  settled,
  waiting,
  wake,
  Worker,
  type Outcome,
  type Reconciler,
  type Run,
} from '@nubo/reconcile';
import { In, type EntityManager } from 'typeorm';
import { Image, Snapshot } from '../../../../libs/entities/src/compute';
import { forgetImage, needOf } from './base-files.store';
import { minDiskOf } from './format.rules';
import { retireCopies } from './image-copies.service';
import { Archives } from './archives.driver';
import { ImageArrival, type Arrived } from './image-arrival.reconciler';
import { ImageStore } from './image-store.driver';
import { ImageFiles } from './qemu-img.driver';

const WORK_MS = 30 * 60_000;
/** How often it is looked whether an upload was given up. */
const UPLOAD_CHECK_MS = 10 * 60_000;

const SNAPSHOT_CHECK_MS = 500;

const UNFINISHED: ImageState[] = ['creating', 'error'];

type Stored = Pick<Image, 'sha256' | 'fileSha256' | 'size' | 'minDisk'>;

/** The image was deleted or finished by somebody else while it was being made. */
class Overtaken extends Error {}

/** Fetches, checks, converts and stores images, and removes deleted ones. */
@Injectable()
export class ImageReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'image';

  constructor(
    private readonly worker: Worker,
    private readonly database: Database,
    private readonly intentions: Intentions,
    private readonly store: ImageStore,
    private readonly arrival: ImageArrival,
    private readonly files: ImageFiles,
    private readonly archives: Archives,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const image = await this.database.manager.findOneBy(Image, { id });
    if (!image) return gone();
    if (image.state === 'deleting') return this.remove(image, run);
    if (image.state === 'uploading') return waiting('the rest of the upload', UPLOAD_CHECK_MS);
    return image.state === 'ready' ? this.tidy(image, run) : this.make(image, run);
  }

  async expired(id: string, reason: string): Promise<void> {
    if (await this.abandoned(id)) return this.store.dropDelivery(id);
    await this.update(id, { state: 'error', stateReason: reason });
    await this.database.manager.update(Image, { id, state: 'deleting' }, { stateReason: reason });
  }

  /** Nobody has gone on with the upload. */
  private async abandoned(id: string): Promise<boolean> {
    const sql = `UPDATE images SET state = 'error', state_reason = $2, received = 0, progress = 0, updated_at = now()
      WHERE id = $1 AND state = 'uploading' AND (writer_until IS NULL OR writer_until < now())`;
    const reason = 'The upload was not finished within a day of its last piece; delete the image.';
    const [, given] = await this.database.manager.query<[unknown, number]>(sql, [id, reason]);
    return given === 1;
  }

  /** What was delivered is kept until the row says that it is not needed any more. */
  private async tidy({ id }: Image, run: Run): Promise<Outcome> {
    await run.step('drop what was delivered', () => this.store.dropDelivery(id));
    return settled();
  }

  private async make(image: Image, run: Run): Promise<Outcome> {
    try {
      const coming = await this.snapshotOf(image.id);
      if (coming || !(await this.arrival.isHere(image))) return settled();
      const stored = await this.fetch(image, run);
      await this.update(image.id, { ...stored, state: 'ready', stateReason: null, progress: 100 });
      return this.tidy(image, run);
    } catch (error) {
      if (error instanceof Overtaken) return settled();
      if (error instanceof DownloadRefused) return this.refuse(image, error);
      if (!run.signal.aborted) await this.note(image, error);
      throw error;
    }
  }

  /** Shown while it is tried again. */
  private async note({ id }: Image, error: unknown): Promise<void> {
    const stateReason = error instanceof Error ? error.message : String(error);
    await this.database.manager.update(Image, { id, state: 'creating' }, { stateReason });
  }

  private async fetch(image: Image, run: Run): Promise<Stored> {
    const { id } = image;
    const source = await this.arrival.bring(image, run, (progress) => this.progress(id, progress));
    if (image.kind === 'container') return this.keepArchive(image, source, run);
    const { format, virtualSize } = await run.step('look into the image', (signal) =>
      this.files.inspect(source.path, signal),
    );
    const file = format === 'raw' ? await this.convert(source.path, run) : source;
    const size = String(await this.store.size(file.path));
    await run.step('store the image', () => this.keep(file.path, image));
    return { sha256: source.sha256, fileSha256: file.sha256, size, minDisk: minDiskOf(virtualSize) };
  }

  /** As it came. */
  private async keepArchive(image: Image, { path, sha256 }: Arrived, run: Run): Promise<Stored> {
    await run.step('look into the archive', (signal) => this.archives.inspect(path, signal), WORK_MS);
    const size = String(await this.store.size(path));
    await run.step('store the image', () => this.keep(path, image));
    return { sha256, fileSha256: sha256, size, minDisk: null };
  }

  private async convert(raw: string, run: Run): Promise<{ path: string; sha256: string }> {
    const path = `${raw}.qcow2`;
    const convert = (signal: AbortSignal) => this.files.convert(raw, path, signal);
    await run.step('convert the image', convert, WORK_MS);
    const hash = (signal: AbortSignal) => this.files.hash(path, signal);
    return { path, sha256: await run.step('hash the image', hash, WORK_MS) };
  }

  private async keep(file: string, image: Image): Promise<void> {
    await this.store.commit(file, image);
    await this.store.tidy(image.id);
  }

  private async progress(id: string, progress: number): Promise<void> {
    if (!(await this.update(id, { progress }))) throw new Overtaken(`image ${id} is not wanted any more`);
  }

  /** Nothing gets better by trying again: the reason stays until somebody deletes the image. */
  private async refuse({ id }: Image, { message, code }: DownloadRefused): Promise<Outcome> {
    await this.store.remove(id);
    await this.update(id, { state: 'error', stateReason: `${message} (${code})`, progress: 0 });
    return settled();
  }

  private async update(id: string, values: Partial<Image>): Promise<boolean> {
    const { affected } = await this.database.manager.update(Image, { id, state: In(UNFINISHED) }, values);
    return affected === 1;
  }

  /** While there is one, the disk of the VM is not here yet; it ends by itself when the image shall go. */
  private snapshotOf(imageId: string): Promise<boolean> {
    return this.database.manager.existsBy(Snapshot, { imageId });
  }

  private async remove({ id }: Image, run: Run): Promise<Outcome> {
    if (await this.snapshotOf(id)) {
      await this.intentions.apply(serviceContext('compute', randomUUID()), ({ em }) =>
        wake(em, 'snapshot', id),
      );
      return waiting('its snapshot to end', SNAPSHOT_CHECK_MS);
    }
    const need = await needOf(this.database.manager, id);
    if (need) return waiting(need);
    await run.step('remove the file', () => this.store.remove(id));
    const ctx = serviceContext('compute', randomUUID());
    await this.intentions.apply(ctx, ({ em }) => forget(em, id));
    return gone();
  }
}

async function forget(em: EntityManager, id: string): Promise<void> {
  await retireCopies(em, id);
  await forgetImage(em, id);
}
