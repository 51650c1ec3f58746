import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ConfigError, integer, list, secret, text } from '@nubo/config';
import ipaddr from 'ipaddr.js';

const GIB = 1024 ** 3;

function ranges(name: string): string[] {
  const cidrs = list(name);
  const bad = cidrs.find((cidr) => !ipaddr.isValidCIDR(cidr));
  if (bad) throw new ConfigError(`${name} must hold ranges like 10.20.0.0/16, not ${bad}`);
  return cidrs;
}

/** The service's settings, read once at boot. */
@Injectable()
export class ComputeConfig {
  /** Where image files lie. */
  readonly imageFolder = join(text('NUBO_DATA_DIR'), 'images');
  /** Bytes of the largest image that is taken. */
  readonly imageMaxBytes = integer('NUBO_IMAGE_MAX_BYTES', 20 * GIB);
  /** CIDRs that image URLs may lead to although they are not public. */
  readonly imageAllowRanges = ranges('NUBO_IMAGE_ALLOW_RANGES');
  /** The platform's own key for its hosts: PEM. */
  readonly sshKey = secret('NUBO_SSH_KEY');
}
