/** A zone of somebody's own at a real PowerDNS. */
import { join } from 'node:path';
import { testDatabase, type TestDatabase } from '@nubo/testing';
import { startDns } from '../../stack/dns';
import { freePort } from '../../stack/ports';
import type { Server } from '../../stack/server';

const KEY = 'a key';
const ZONE = 'customer.example.';

export class CustomerZone {
  private constructor(
    readonly server: Server,
    /** Whom to ask, for NUBO_HOSTING_RESOLVERS. */
    readonly resolver: string,
    private readonly database: TestDatabase,
  ) {}

  static async open(folder: string): Promise<CustomerZone> {
    const database = await testDatabase();
    const [port, apiPort] = [await freePort(), await freePort()];
    const place = { port, apiPort, apiKey: KEY, databaseUrl: database.url };
    const server = await startDns({ dir: join(folder, 'dns'), ...place });
    const zone = new CustomerZone(server, `127.0.0.1:${port}`, database);
    await zone.write('POST', '', {
      ...{ name: ZONE, kind: 'Native', nameservers: [] },
      rrsets: [set(ZONE, 'SOA', [`ns1.${ZONE} hostmaster.${ZONE} 1 10800 3600 604800 1`])],
    });
    return zone;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.database.stop();
  }

  /** All records of that kind at `name`: these. */
  put(name: string, type: string, ...contents: string[]): Promise<void> {
    return this.write('PATCH', `/${ZONE}`, { rrsets: [set(`${name}.`, type, contents)] });
  }

  private async write(method: string, path: string, body: object): Promise<void> {
    const headers = { 'X-API-Key': KEY, 'Content-Type': 'application/json' };
    const url = `${this.server.url}/api/v1/servers/localhost/zones${path}`;
    const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`PowerDNS answers ${response.status}: ${await response.text()}`);
  }
}

const set = (name: string, type: string, contents: string[]): object => ({
  ...{ name, type, ttl: 1, changetype: 'REPLACE' },
  records: contents.map((content) => ({ content, disabled: false })),
});
