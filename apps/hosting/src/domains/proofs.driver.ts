import { Resolver } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';
import { HostingConfig } from '../hosting.config';
import { recordName, type Found } from './domains.rules';

const TIMEOUT_MS = 3_000;
const TRIES = 2;
/** Of c-ares: there is no such name, or no such record at it. Everything else says nothing about the record. */
const MISSING = ['ENOTFOUND', 'ENODATA'];

/** The records that prove domains, asked for in DNS. */
@Injectable()
export class Proofs {
  constructor(private readonly config: HostingConfig) {}

  async look(domain: string, signal: AbortSignal): Promise<Found> {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    if (this.config.resolvers.length > 0) resolver.setServers(this.config.resolvers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel);
    try {
      const records = await resolver.resolveTxt(recordName(domain));
      return { texts: records.map((parts) => parts.join('')) };
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (MISSING.includes(code)) return { texts: [] };
      return { unknown: `The name servers of ${domain} do not answer (${code}).` };
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}
