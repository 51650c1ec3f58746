import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { Run } from '@nubo/reconcile';

/** The files of images on hosts. */
@Injectable()
export class ImageCopies {
  /**
   * The path of the image's file on the host, or undefined while it is being copied there: come again after half a
   * second. Throws when the image is not ready.
   */
  async ensure(imageId: string, hostId: string, run: Run): Promise<string | undefined> {
    run.signal.throwIfAborted();
    return join('/var/lib/nubo/images', hostId && `${imageId}.qcow2`);
  }
}
