import { Injectable } from '@nestjs/common';
import { ContentStore } from '../contents/content-store.driver';
import { blobsOf, type Manifest } from '../contents/manifest.rules';
import { InstanceControl, type InstancePlace } from './instance-control.driver';

interface Wanted {
  manifest: Manifest;
  there?: Manifest[];
}

/** Sends an instance what it lacks. */
@Injectable()
export class Shipping {
  constructor(
    private readonly control: InstanceControl,
    private readonly contents: ContentStore,
  ) {}

  /**
   * How many bytes of content it lacked; they are there now, and verified by it. Whoever has all of `there` need not be
   * asked what that is.
   */
  async ship(place: InstancePlace, { manifest, there }: Wanted, signal: AbortSignal): Promise<number> {
    const sizes = blobsOf(manifest);
    const all = [...sizes.keys()];
    const has = there && new Set(there.flatMap((one) => [...blobsOf(one).keys()]));
    const missing = has
      ? all.filter((sha256) => !has.has(sha256))
      : await this.control.missing(place, all, signal);
    if (missing.length === 0) return 0;
    const blobs = missing.map((sha256) => ({ sha256, size: sizes.get(sha256) ?? 0 }));
    const content = blobs.reduce((sum, { size }) => sum + size, 0);
    const headers = blobs.reduce((sum, { sha256, size }) => sum + `${sha256} ${size}\n`.length, 0);
    const shipment = { bytes: content + headers, frames: this.contents.frames(blobs) };
    await this.control.ship(place, shipment, signal);
    return content;
  }
}
