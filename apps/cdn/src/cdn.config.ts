import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { integer, list, ranges, secret, text } from '@nubo/config';

const GIB = 1024 ** 3;

/** The service's settings, read at boot. */
@Injectable()
export class CdnConfig {
  /** Where contents are kept. */
  readonly folder = join(text('NUBO_DATA_DIR'), 'contents');
  /** Bytes of the largest content, packed and unpacked (`NUBO_CDN_MAX_BYTES`). */
  readonly maxBytes = integer('NUBO_CDN_MAX_BYTES', 2 * GIB);
  /** Files of the largest content (`NUBO_CDN_MAX_FILES`). */
  readonly maxFiles = integer('NUBO_CDN_MAX_FILES', 20_000);
  /** Folders whose archives may be named in `srcdata` (`NUBO_CDN_PATHS`). */
  readonly paths = list('NUBO_CDN_PATHS');
  /** CIDRs that URLs of contents may lead to although they are not public (`NUBO_CDN_ALLOW_RANGES`). */
  readonly allowRanges = ranges('NUBO_CDN_ALLOW_RANGES');
  /** The platform's own key for its hosts: PEM. */
  readonly sshKey = secret('NUBO_SSH_KEY');
}
