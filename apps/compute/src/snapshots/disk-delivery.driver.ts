import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { ImageStore } from '../images/image-store.driver';
import { SnapshotDriver, type FlatDisk, type SnapshotPlace } from './snapshots.driver';

/** Brings disks from hosts into the image store. */
@Injectable()
export class DiskDelivery {
  constructor(
    private readonly store: ImageStore,
    private readonly driver: SnapshotDriver,
  ) {}

  /** Harmless when nothing came. */
  drop(imageId: string): Promise<void> {
    return this.store.dropDelivery(imageId);
  }

  /** Goes on where an earlier run ended. Whole and checked, or begun anew by the next run. */
  async fetch(place: SnapshotPlace, { bytes, sha256 }: FlatDisk): Promise<void> {
    const { imageId, signal } = place;
    const there = Math.min(await this.store.delivered(imageId), bytes);
    const file = await this.store.openDelivery(imageId, there);
    try {
      if (there < bytes) await this.driver.fetch(place, there, file);
      await file.sync();
      if ((await hashOf(file, signal)) === sha256) return;
    } finally {
      await file.close();
    }
    await this.store.dropDelivery(imageId);
    throw new TypeError('the disk arrived broken');
  }
}

async function hashOf(file: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(file.createReadStream({ start: 0, autoClose: false }), hash, { signal });
  return hash.digest('hex');
}
