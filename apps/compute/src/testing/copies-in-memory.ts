import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { CopyDriver, type Copy, type CopyFile, type CopyVisit } from '../images/image-copies.driver';

/** Hosts in memory: which image files lie where, and how often one was brought. */
export class CopiesInMemory extends CopyDriver {
  /** `<hostId>/<imageId>` → bytes. */
  readonly files = new Map<string, number>();
  brought = 0;
  failure: Error | undefined;

  async has({ hostId, imageId }: Copy, bytes: number): Promise<boolean> {
    return this.files.get(`${hostId}/${imageId}`) === bytes;
  }

  async copy({ hostId, imageId }: CopyVisit, { bytes }: CopyFile, from: string): Promise<void> {
    await pause(30);
    if (this.failure) throw this.failure;
    if (!existsSync(from)) throw new TypeError(`${from} is not there`);
    this.brought += 1;
    this.files.set(`${hostId}/${imageId}`, bytes);
  }

  async remove({ hostId, imageId }: CopyVisit): Promise<void> {
    if (this.failure) throw this.failure;
    this.files.delete(`${hostId}/${imageId}`);
  }
}
