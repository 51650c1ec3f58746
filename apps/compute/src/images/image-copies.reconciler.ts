import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { HostState } from '@nubo/contracts';
import { Fleet, type Host } from '@nubo/fleet';
import { Database } from '@nubo/persistence';
import { gone, settled, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { ImageCopy } from '../../../../libs/entities/src/compute';
import { fileOf } from './base-files.store';
import { CopyDriver, copyTimeoutOf, type CopyVisit } from './image-copies.driver';
import { ImageStore } from './image-store.driver';

/** A host that is away says so when it is back; this is for a word that was lost. */
const AWAY_MS = 60_000;

const AWAY: HostState[] = ['down', 'error', 'enrolling'];

/** Brings the files of images to hosts, and takes them away when the images are gone. */
@Injectable()
export class ImageCopyReconciler implements Reconciler, OnModuleInit {
  readonly kind = 'image-copy';

  constructor(
    private readonly worker: Worker,
    private readonly database: Database,
    private readonly fleet: Fleet,
    private readonly store: ImageStore,
    private readonly driver: CopyDriver,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(id: string, run: Run): Promise<Outcome> {
    const copy = await this.database.manager.findOneBy(ImageCopy, { id });
    if (!copy) return gone();
    const host = await this.fleet.find(copy.hostId);
    if (!host) return this.forget(copy);
    switch (copy.state) {
      case 'ready':
        return settled();
      case 'copying':
        return this.copy(copy, run);
      case 'removing':
        return this.remove(copy, host, run);
    }
  }

  private async copy(copy: ImageCopy, run: Run): Promise<Outcome> {
    const { imageId } = copy;
    const stored = await fileOf(this.database.manager, imageId);
    if (!stored) return this.forget(copy);
    const bytes = Number(stored.size);
    const file = { sha256: stored.fileSha256, bytes };
    const bring = (signal: AbortSignal) =>
      this.driver.copy(visit(copy, run, signal), file, this.store.path(imageId, copy.kind));
    try {
      await run.step('copy the image to the host', bring, copyTimeoutOf(bytes));
    } catch (error) {
      if (!run.signal.aborted) await this.note(copy, error);
      throw error;
    }
    const ready = { state: 'ready', stateReason: null } as const;
    await this.database.manager.update(ImageCopy, { id: copy.id, state: 'copying' }, ready);
    return settled();
  }

  private async note({ id }: ImageCopy, error: unknown): Promise<void> {
    const stateReason = error instanceof Error ? error.message : String(error);
    await this.database.manager.update(ImageCopy, { id, state: 'copying' }, { stateReason });
  }

  private async remove(copy: ImageCopy, host: Host, run: Run): Promise<Outcome> {
    if (AWAY.includes(host.state)) return waiting(`${host.name} to be back`, AWAY_MS);
    await run.step('remove the image from the host', (signal) =>
      this.driver.remove(visit(copy, run, signal)),
    );
    return this.forget(copy);
  }

  private async forget({ id }: ImageCopy): Promise<Outcome> {
    await this.database.manager.delete(ImageCopy, { id });
    return gone();
  }
}

const visit = ({ id, hostId, imageId, kind }: ImageCopy, { fence }: Run, signal: AbortSignal): CopyVisit => ({
  copyId: id,
  hostId,
  imageId,
  kind,
  fence,
  signal,
});
