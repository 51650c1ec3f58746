/** Certificates of people's own domains: asked for at a real authority, which looks for its answers at a real nginx. */
import { execFileSync } from 'node:child_process';
import { webcrypto, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { addDomain, listDomains, removeDomain, type DomainView, type Principal } from '@nubo/contracts';
import * as x509 from '@peculiar/x509';
import { contextOf, eventually } from '@nubo/testing';
import { HostingWorld } from '../../apps/hosting/src/testing/hosting-world';
import { ensureAuthority, ensureCertificate } from '../../stack/certificates';
import { ownFolder, serverUser, writeAtomically } from '../../stack/files';
import { freePort } from '../../stack/ports';
import type { Server } from '../../stack/server';
import { temporaryFolder } from '../../stack/testing';
import { startWeb } from '../../stack/web';
import { CustomerZone } from './customer-zone';
import { Pebble } from './pebble';

jest.setTimeout(90_000);

const DAY_MS = 86_400_000;

/** As it was made 61 days ago for 90, and its key. */
async function oldCertificate(domain: string): Promise<string> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ name: `CN=${domain}`, notBefore: inDays(-61), notAfter: inDays(29), keys },
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: domain }])],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return `${certificate.toString('pem')}\n${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`;
}

describe('the certificate of a domain of somebody’s own', () => {
  const folder = temporaryFolder();
  const roots = join(folder, 'roots.pem');
  const owner = serverUser();
  let world: HostingWorld;
  let zone: CustomerZone;
  let pebble: Pebble;
  let web: Server;
  let tlsPort: number;
  let ada: Principal;
  let project: string;

  beforeAll(async () => {
    const webPort = await freePort();
    tlsPort = await freePort();
    zone = await CustomerZone.open(folder);
    pebble = await Pebble.start({ folder, resolver: zone.resolver, httpPort: webPort });
    writeFileSync(roots, await pebble.root());
    world = await HostingWorld.open({
      settings: {
        NUBO_HOSTING_RESOLVERS: zone.resolver,
        NUBO_ACME_DIRECTORY_URL: pebble.directoryUrl,
        NUBO_ACME_CA: pebble.ca,
        ...(owner && { NUBO_HOSTING_WEB_OWNER: `${owner.uid}:${owner.gid}` }),
      },
    });
    chmodSync(world.folder, 0o711);
    web = await serve(webPort);
    ada = await world.owner();
    ({ id: project } = await world.ready(ada));
  });
  afterAll(async () => {
    await web?.stop();
    await world?.stop();
    await pebble?.server.stop();
    await zone?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function serve(port: number): Promise<Server> {
    const dir = join(folder, 'web');
    ownFolder(dir, owner);
    const file = join(dir, 'zone.pem');
    const authority = await ensureAuthority(join(folder, 'keys'));
    await ensureCertificate(authority, { file, names: ['sites.test', '*.sites.test'], owner });
    const [certificates, challenges] = ['certificates', 'challenges'].map((name) => join(world.folder, name));
    const tls = { port: tlsPort, zone: file, folder: certificates, challenges };
    return startWeb({ dir, port, sites: join(world.folder, 'sites'), tls });
  }

  const fileOf = (domain: string): string => join(world.folder, 'certificates', `${domain}.pem`);
  const page = (domain: string): string => {
    const to = ['--connect-to', `${domain}:443:127.0.0.1:${tlsPort}`, '--cacert', roots];
    return execFileSync('curl', ['-s', '--max-time', '5', ...to, `https://${domain}/`], { encoding: 'utf8' });
  };

  const isOfPebble = (domain: string): boolean =>
    new X509Certificate(readFileSync(fileOf(domain))).issuer.includes('Pebble');
  const shownSerial = (servername: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const to = { port: tlsPort, host: '127.0.0.1', servername, rejectUnauthorized: false };
      const socket = connect(to, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.end();
      });
      socket.once('error', reject);
    });
  const isRefused = (domain: string): boolean => {
    try {
      page(domain);
      return false;
    } catch {
      return true;
    }
  };

  /** Proven; `address`: where it leads. */
  async function prove(domain: string, address?: string): Promise<DomainView> {
    const view = await world.app.call(addDomain, contextOf(ada), { id: project, domain });
    if (address) await zone.put(domain, 'A', address);
    await zone.put(view.record.name, 'TXT', `"${view.record.value}"`);
    return view;
  }
  const shown = (id: string, is: (view: DomainView) => boolean): Promise<DomainView> =>
    eventually(async () => {
      const { items } = await world.app.call(listDomains, contextOf(ada), { id: project });
      return items.find((view) => view.id === id && is(view));
    });

  it('is asked for when the domain is proven, also of a site that shows nothing yet, and served', async () => {
    const domain = 'www.customer.example';
    const { id } = await prove(domain, '127.0.0.1');
    const { certificate } = await shown(id, (view) => view.certificate?.until !== null);
    expect(Date.parse(certificate?.until ?? '')).toBeGreaterThan(Date.now() + DAY_MS);
    expect(certificate?.reason).toBeNull();
    await eventually(() => page(domain).includes('no site'));
    await world.publish(ada, project, { 'index.html': 'the shop' });
    expect(page(domain)).toBe('the shop');
  });

  it('has a key that is nobody else’s, and leaves no answer behind', () => {
    const file = statSync(fileOf('www.customer.example'));
    expect(file.mode & 0o777).toBe(0o600);
    if (owner) expect(file.uid).toBe(owner.uid);
    expect(statSync(join(world.folder, 'acme', 'account.pem')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(world.folder, 'challenges', '.well-known', 'acme-challenge'))).toEqual([]);
  });

  it('is renewed after two thirds of its time, without a reload', async () => {
    const domain = 'www.customer.example';
    const before = await shownSerial(domain);
    writeAtomically(fileOf(domain), await oldCertificate(domain), owner);
    // nginx has seen the old one by then, or has gone on with the one before.
    await eventually(() => existsSync(fileOf(domain)) && isOfPebble(domain));
    const { serialNumber } = new X509Certificate(readFileSync(fileOf(domain)));
    expect(serialNumber).not.toBe(before);
    await eventually(async () => (await shownSerial(domain)) === serialNumber);
    expect(page(domain)).toBe('the shop');
    expect(readdirSync(join(world.folder, 'certificates'))).toEqual([`${domain}.pem`]);
  });

  it('is not there for a domain that leads elsewhere, which says why and when it is tried again', async () => {
    const domain = 'elsewhere.customer.example';
    const { id } = await prove(domain, '127.0.0.9');
    const { certificate, served } = await shown(id, (view) => Boolean(view.certificate?.reason));
    expect(certificate?.until).toBeNull();
    expect(certificate?.reason).toMatch(
      /There is no new certificate \(.*\); the authority is asked again at 20/s,
    );
    expect(served).toBe(true);
    expect(existsSync(fileOf(domain))).toBe(false);
  });

  it('is not asked for where the owner lets nobody issue it', async () => {
    const domain = 'shut.customer.example';
    await zone.put(domain, 'CAA', '0 issue ";"');
    const { id } = await prove(domain, '127.0.0.1');
    const { certificate } = await shown(id, (view) => Boolean(view.certificate?.reason));
    expect(certificate?.reason).toContain(
      `the CAA record of ${domain} lets nobody issue certificates for it`,
    );
    expect(existsSync(fileOf(domain))).toBe(false);
  });

  it('is gone with the domain', async () => {
    const domain = 'www.customer.example';
    const { items } = await world.app.call(listDomains, contextOf(ada), { id: project });
    const domainId = items.find((view) => view.domain === domain)?.id ?? '';
    expect(existsSync(fileOf(domain))).toBe(true);
    await world.app.call(removeDomain, contextOf(ada), { id: project, domainId });
    await eventually(() => !existsSync(fileOf(domain)));
    // The certificate of the zone is shown instead, after nginx has looked again.
    await eventually(() => isRefused(domain));
  });

  it('waits when the authority does not answer, and says so', async () => {
    await pebble.server.stop();
    const { id } = await prove('late.customer.example', '127.0.0.1');
    const { certificate } = await shown(id, (view) => Boolean(view.certificate?.reason));
    expect(certificate?.reason).toContain('does not answer');
  });
});
