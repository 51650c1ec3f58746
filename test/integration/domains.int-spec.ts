/** A domain of somebody's own, from its record at a real PowerDNS to the page that a real nginx shows. */
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addDomain, listDomains, removeDomain, type DomainView, type Principal } from '@nubo/contracts';
import { contextOf, eventually } from '@nubo/testing';
import { HostingWorld } from '../../apps/hosting/src/testing/hosting-world';
import { serverUser } from '../../stack/files';
import { freePort } from '../../stack/ports';
import type { Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';
import { NO_SITE, startWeb } from '../../stack/web';
import { CustomerZone } from './customer-zone';

jest.setTimeout(60_000);

describe('a domain of somebody’s own', () => {
  let world: HostingWorld;
  let zone: CustomerZone;
  let web: Server;
  let folder: string;
  let ada: Principal;
  let project: string;
  let domain: DomainView;

  beforeAll(async () => {
    folder = temporaryFolder();
    zone = await CustomerZone.open(folder);
    const webPort = await freePort();
    const owner = serverUser();
    world = await HostingWorld.open({
      settings: {
        NUBO_HOSTING_RESOLVERS: zone.resolver,
        ...(owner && { NUBO_HOSTING_WEB_OWNER: `${owner.uid}:${owner.gid}` }),
      },
    });
    chmodSync(world.folder, 0o711);
    web = await startWeb({ dir: join(folder, 'web'), port: webPort, sites: join(world.folder, 'sites') });
    ada = await world.owner();
    const shop = await world.ready(ada);
    project = shop.id;
    await world.publish(ada, project, { 'index.html': 'the shop' });
  });
  afterAll(async () => {
    await web?.stop();
    await world?.stop();
    await zone?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const page = (host: string): string =>
    execFileSync('curl', ['-s', '--max-time', '5', '-H', `Host: ${host}`, web.url], { encoding: 'utf8' });
  const standing = async (state: string): Promise<DomainView> =>
    eventually(async () => {
      const { items } = await world.app.call(listDomains, contextOf(ada), { id: project });
      return items[0]?.state === state && items[0];
    });

  it('is not served before its record is there', async () => {
    domain = await world.app.call(addDomain, contextOf(ada), { id: project, domain: 'www.Customer.example' });
    await eventually(async () => (await standing('pending')).stateReason?.includes('no TXT record'));
    expect(page(domain.domain)).toBe(NO_SITE);
  });

  it('is not served for a record that says something else', async () => {
    const { record } = domain;
    const wrong = [`"${record.value}x"`, `"${record.value.toUpperCase()}"`, '"nubo-verify="'];
    await zone.put(record.name, 'TXT', ...wrong);
    await eventually(async () => (await standing('pending')).stateReason?.includes('None of the TXT'));
    expect(page(domain.domain)).toBe(NO_SITE);
  });

  it('is served with its record, among others and in pieces', async () => {
    const { record } = domain;
    const text = `"${record.value.slice(0, 20)}" "${record.value.slice(20)}"`;
    await zone.put(record.name, 'TXT', '"v=spf1 -all"', text);
    await standing('active');
    await eventually(() => page(domain.domain) === 'the shop');
    await world.publish(ada, project, { 'index.html': 'the new shop' });
    expect(page(domain.domain)).toBe('the new shop');
  });

  it('goes on being served while the name server is away', async () => {
    zone.server.kill('SIGSTOP');
    try {
      await eventually(async () => (await standing('active')).stateReason?.includes('do not answer'));
      expect(page(domain.domain)).toBe('the new shop');
    } finally {
      zone.server.kill('SIGCONT');
    }
    await eventually(async () => (await standing('active')).stateReason === null);
  });

  it('is shown as lost when its record goes', async () => {
    await zone.put(domain.record.name, 'TXT');
    expect((await standing('lost')).stateReason).toContain('it is served until');
    expect(page(domain.domain)).toBe('the new shop');
  });

  it('is not served when it is removed', async () => {
    await world.app.call(removeDomain, contextOf(ada), { id: project, domainId: domain.id });
    await eventually(() => page(domain.domain) === NO_SITE);
  });
});
