import { Injectable } from '@nestjs/common';
import { unavailable } from '@nubo/contracts';
import { HostingConfig } from '../hosting.config';

const TIMEOUT_MS = 5_000;
const TTL_SECONDS = 60;

interface RecordSet {
  name: string;
  type: string;
  ttl: number;
  changetype: 'REPLACE';
  records: { content: string; disabled: boolean }[];
}

/** The zone of projects at PowerDNS (4.7), written through its API. */
@Injectable()
export class Zone {
  constructor(private readonly config: HostingConfig) {}

  /** Whether there is a name server to write to. */
  get isKept(): boolean {
    return this.config.dnsUrl !== '';
  }

  /** All names in the zone lead to the web server: a new project needs no record of its own. Safe to repeat. */
  async ensure(): Promise<void> {
    const zone = `${this.config.zone}.`;
    const known = await this.ask('GET', `/${zone}`);
    if (known.status === 404) await this.done('POST', '', this.newZone(zone));
    const addresses = [zone, `*.${zone}`, `ns1.${zone}`].map((name) => set(name, 'A', this.config.address));
    await this.done('PATCH', `/${zone}`, { rrsets: [...addresses, set(zone, 'NS', `ns1.${zone}`)] });
  }

  private newZone(name: string): object {
    const soa = `ns1.${name} hostmaster.${name} 1 10800 3600 604800 60`;
    return { name, kind: 'Native', nameservers: [], rrsets: [set(name, 'SOA', soa)] };
  }

  private async done(method: string, path: string, body: object): Promise<void> {
    const response = await this.ask(method, path, body);
    if (response.ok) return;
    throw unavailable('dns_refused', `The name server answers ${response.status}: ${await response.text()}`);
  }

  private async ask(method: string, path: string, body?: object): Promise<Response> {
    const url = `${this.config.dnsUrl}/api/v1/servers/localhost/zones${path}`;
    const headers = { 'X-API-Key': this.config.dnsKey, 'Content-Type': 'application/json' };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await fetch(url, { method, headers, signal, ...(body && { body: JSON.stringify(body) }) });
    } catch (error) {
      throw unavailable('dns_unavailable', `The name server does not answer: ${(error as Error).message}`);
    }
  }
}

const set = (name: string, type: string, content: string): RecordSet => ({
  ...{ name, type, ttl: TTL_SECONDS, changetype: 'REPLACE' },
  records: [{ content, disabled: false }],
});
