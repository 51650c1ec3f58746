import { Injectable } from '@nestjs/common';
import { ConfigError, list } from '@nubo/config';
import { parseCidr, toNumber } from './addresses/ipv4.rules';

const isRange = (text: string): boolean => toNumber(text) !== undefined || parseCidr(text) !== undefined;

/** The service's settings, read at boot. */
@Injectable()
export class NetworkConfig {
  /** Addresses and ranges that no tenant reaches through its router, besides the hosts (`NUBO_PROTECTED_RANGES`). */
  readonly protectedRanges = list('NUBO_PROTECTED_RANGES');

  constructor() {
    const wrong = this.protectedRanges.find((range) => !isRange(range));
    if (wrong) throw new ConfigError(`NUBO_PROTECTED_RANGES: ${wrong} is no IPv4 address and no range`);
  }
}
