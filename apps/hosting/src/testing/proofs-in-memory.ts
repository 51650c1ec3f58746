import type { DomainView } from '@nubo/contracts';
import type { Found } from '../domains/domains.rules';

/** What name servers say of domains. */
export class ProofsInMemory {
  private readonly records = new Map<string, Set<string>>();
  /** Domains whose name servers do not answer. */
  readonly silent = new Set<string>();

  look(domain: string): Promise<Found> {
    if (this.silent.has(domain)) return Promise.resolve({ unknown: 'The name servers do not answer.' });
    return Promise.resolve({ texts: [...(this.records.get(domain) ?? [])] });
  }

  put({ domain, record }: DomainView): void {
    this.records.set(domain, new Set([...(this.records.get(domain) ?? []), record.value]));
  }

  take({ domain, record }: DomainView): void {
    this.records.get(domain)?.delete(record.value);
  }
}
