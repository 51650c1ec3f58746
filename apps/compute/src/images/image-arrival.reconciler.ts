import { Injectable } from '@nestjs/common';
import type { Run } from '@nubo/reconcile';
import type { Image } from '../../../../libs/entities/src/compute';
import { ImageRefused } from './image-refused';
import { Download } from '@nubo/download';
import { ImageStore } from './image-store.driver';
import { ImageFiles } from './qemu-img.driver';

/** A server that stalls is given up much earlier. */
const DOWNLOAD_MS = 2 * 60 * 60_000;
const HASH_MS = 30 * 60_000;

/** A file as it came, in a place of this run's own. */
export interface Arrived {
  path: string;
  /** Hexadecimal. */
  sha256: string;
}

/** How the bytes of an image come here: fetched from a URL, or delivered in pieces (uploads, disks of VMs). */
@Injectable()
export class ImageArrival {
  constructor(
    private readonly store: ImageStore,
    private readonly download: Download,
    private readonly files: ImageFiles,
  ) {}

  /** Whether there is something to make the image of; a VM's disk takes a while. Throws ImageRefused when it was lost. */
  async isHere({ id, source, state, uploadSize }: Image): Promise<boolean> {
    if (source === 'url') return true;
    const bytes = await this.store.delivered(id);
    if (state === 'error') return bytes > 0;
    if (source === 'vm' ? bytes > 0 : bytes === Number(uploadSize)) return true;
    if (source === 'vm') throw new ImageRefused('not_found', 'The disk of the VM was lost on its way.');
    throw new ImageRefused('not_found', `Only ${bytes} of ${uploadSize} uploaded bytes are still there.`);
  }

  async bring(image: Image, run: Run, onProgress: (percent: number) => Promise<void>): Promise<Arrived> {
    const path = await run.step('find a place', () => this.store.temporary(image.id, run.fence));
    const { sha256 } = image;
    if (image.source !== 'url') return this.take(image, path, run);
    const fetch = (signal: AbortSignal) =>
      this.download.fetch(image.url ?? '', path, { sha256, signal, onProgress });
    const fetched = await run.step('download the image', fetch, DOWNLOAD_MS);
    return { path, sha256: fetched.sha256 };
  }

  private async take({ id, sha256: wanted }: Image, path: string, run: Run): Promise<Arrived> {
    await run.step('take what was delivered', () => this.store.take(id, path));
    const sha256 = await run.step('hash it', (signal) => this.files.hash(path, signal), HASH_MS);
    if (wanted && wanted !== sha256)
      throw new ImageRefused('checksum_mismatch', `The file's SHA-256 is ${sha256}, not ${wanted}.`);
    return { path, sha256 };
  }
}
