import { Resolver } from 'node:dns/promises';
import { Injectable } from '@nestjs/common';
import { HostingConfig } from '../hosting.config';
import { namesAbove, refusalOf, type CaaRecord } from './caa.rules';

const TIMEOUT_MS = 2_000;
const TRIES = 2;

/** Looks at what the owner of a domain says in DNS about who may issue certificates for it. */
@Injectable()
export class Caa {
  constructor(private readonly config: HostingConfig) {}

  /** Why an authority of these names will not issue; null also when the name servers say nothing: the authority looks itself. */
  async refusal(domain: string, identities: string[], signal: AbortSignal): Promise<string | null> {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    if (this.config.resolvers.length > 0) resolver.setServers(this.config.resolvers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel);
    try {
      for (const name of namesAbove(domain)) {
        const records: CaaRecord[] = await resolver.resolveCaa(name).catch(() => []);
        signal.throwIfAborted();
        if (records.length > 0) return refusalOf(name, records, identities);
      }
      return null;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}
