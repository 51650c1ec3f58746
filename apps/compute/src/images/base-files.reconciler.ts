import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { Database, Intentions } from '@nubo/persistence';
import { gone, waiting, Worker, type Outcome, type Reconciler, type Run } from '@nubo/reconcile';
import { BaseFile } from '../../../../libs/entities/src/compute';
import { BASE_FILE, needOf } from './base-files.store';
import { retireCopies } from './image-copies.service';
import { ImageStore } from './image-store.driver';

/** The last VM wakes it; this is for disks that are being saved. */
const LOOK_MS = 60_000;

/** Keeps the file of an image that is gone until no disk stands on it; then it goes, here and from all hosts. */
@Injectable()
export class BaseFileReconciler implements Reconciler, OnModuleInit {
  readonly kind = BASE_FILE;

  constructor(
    private readonly worker: Worker,
    private readonly database: Database,
    private readonly intentions: Intentions,
    private readonly store: ImageStore,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async run(imageId: string, run: Run): Promise<Outcome> {
    const { manager } = this.database;
    if (!(await manager.existsBy(BaseFile, { imageId }))) return gone();
    const need = await needOf(manager, imageId);
    if (need) return waiting(need, LOOK_MS);
    await run.step('remove the file', () => this.store.remove(imageId));
    await run.step('forget the file', () => this.forget(imageId));
    return gone();
  }

  private async forget(imageId: string): Promise<void> {
    await this.intentions.apply(serviceContext('compute', randomUUID()), async ({ em }) => {
      await retireCopies(em, imageId);
      await em.delete(BaseFile, { imageId });
    });
  }
}
