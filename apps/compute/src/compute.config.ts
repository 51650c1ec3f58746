import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { integer, ranges, secret, text } from '@nubo/config';

const GIB = 1024 ** 3;

/** The service's settings, read once at boot. */
@Injectable()
export class ComputeConfig {
  /** Where image files lie. */
  readonly imageFolder = join(text('NUBO_DATA_DIR'), 'images');
  /** Bytes of the largest image that is taken. */
  readonly imageMaxBytes = integer('NUBO_IMAGE_MAX_BYTES', 20 * GIB);
  /** CIDRs that image URLs may lead to although they are not public. */
  readonly imageAllowRanges = ranges('NUBO_IMAGE_ALLOW_RANGES');
  /** A folder of images that other services make instances from: `<name>.tar`, `<name>.qcow2`. */
  readonly platformImages = text('NUBO_PLATFORM_IMAGES', join(text('NUBO_DATA_DIR'), 'platform-images'));
  /** The platform's own key for its hosts: PEM. */
  readonly sshKey = secret('NUBO_SSH_KEY');
}
