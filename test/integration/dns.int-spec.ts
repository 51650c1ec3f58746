/** The names of projects, asked for with dig at a real PowerDNS. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, testDatabase, type TestDatabase } from '@nubo/testing';
import { HostingWorld } from '../../apps/hosting/src/testing/hosting-world';
import { startDns, type DnsOptions } from '../../stack/dns';
import { freePort } from '../../stack/ports';
import type { Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';

jest.setTimeout(60_000);

describe('the zone of projects', () => {
  let world: HostingWorld;
  let database: TestDatabase;
  let dns: Server;
  let folder: string;
  let options: DnsOptions;

  beforeAll(async () => {
    folder = temporaryFolder();
    database = await testDatabase();
    const [port, apiPort] = [await freePort(), await freePort()];
    options = { dir: join(folder, 'dns'), port, apiPort, apiKey: 'a key', databaseUrl: database.url };
    world = await HostingWorld.open({
      settings: {
        NUBO_DNS_URL: `http://127.0.0.1:${apiPort}`,
        NUBO_DNS_KEY: 'a key',
        NUBO_HOSTING_ADDRESS: '192.0.2.7',
      },
    });
    dns = await startDns(options);
  });
  afterAll(async () => {
    await dns?.stop();
    await world?.stop();
    await database?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const dig = (...question: string[]): string =>
    execFileSync('dig', ['@127.0.0.1', '-p', String(options.port), '+time=2', '+tries=1', ...question], {
      encoding: 'utf8',
    });
  const short = (...question: string[]): string => dig('+short', ...question).trim();

  it('is written as soon as the name server answers, although it came later', async () => {
    await eventually(() => short('sites.test', 'A') === '192.0.2.7');
    expect(short('sites.test', 'NS')).toBe('ns1.sites.test.');
    expect(short('ns1.sites.test', 'A')).toBe('192.0.2.7');
    expect(short('sites.test', 'SOA')).toContain('hostmaster.sites.test.');
  });

  it('leads every project to the web server, without a record of its own', async () => {
    const ada = await world.owner();
    const { hostname } = await world.ready(ada);
    await eventually(() => short(hostname, 'A') === '192.0.2.7');
    expect(short('+tcp', hostname, 'A')).toBe('192.0.2.7');
  });

  it('answers for nobody else, and hands nothing over', () => {
    expect(dig('example.org', 'A')).toContain('status: REFUSED');
    expect(dig('sites.test', 'AXFR')).not.toContain('192.0.2.7');
  });

  it('is changed by nobody without the key', async () => {
    const { status } = await fetch(`${dns.url}/api/v1/servers/localhost/zones`, {
      headers: { 'X-API-Key': 'another' },
    });
    expect(status).toBe(401);
  });

  it('says to a health check without the key that it runs', async () => {
    expect((await fetch(dns.url)).status).toBe(200);
  });

  it('is there again after a kill -9, and answers at every address where it is told to', async () => {
    dns.kill('SIGKILL');
    await dns.exited;
    dns = await startDns({ ...options, host: '0.0.0.0' });
    execFileSync('dig', ['@127.0.0.2', '-p', String(options.port), '+time=2', '+tries=1', 'sites.test', 'A']);
    expect((await fetch(`http://127.0.0.2:${options.apiPort}`)).status).toBe(200);
    await eventually(() => short('anything.sites.test', 'A') === '192.0.2.7');
  });
});
