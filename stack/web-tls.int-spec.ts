/** Sites over TLS: a real nginx that chooses certificates by the name that is asked for, and is never told that they change. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { eventually } from '@nubo/testing';
import { type Authority, ensureAuthority, ensureCertificate } from './certificates';
import { ownFolder, serverUser } from './files';
import { freePort } from './ports';
import { type Server } from './server';
import { temporaryFolder } from './testing';
import { prepareWeb, startWeb } from './web';

jest.setTimeout(60_000);

const ZONE = ['sites.test', '*.sites.test'];

describe('sites over TLS', () => {
  const folder = temporaryFolder();
  const own = join(folder, 'certificates');
  let authority: Authority;
  let web: Server;
  let port: number;

  beforeAll(async () => {
    authority = await ensureAuthority(join(folder, 'keys'));
    const site = join(folder, 'sites', 'p1', 'releases', '1');
    mkdirSync(site, { recursive: true });
    mkdirSync(join(folder, 'sites', 'hosts'));
    writeFileSync(join(site, 'index.html'), 'hello');
    symlinkSync('../p1/releases/1', join(folder, 'sites', 'hosts', 'shop.sites.test'));
    symlinkSync('shop.sites.test', join(folder, 'sites', 'hosts', 'www.own.example'));
    ownFolder(own, undefined, 0o711);
    port = await freePort();
    const dir = join(folder, 'web');
    ownFolder(dir, serverUser());
    const tls = { port, zone: join(dir, 'zone.pem'), folder: own, challenges: join(folder, 'challenges') };
    await certify(tls.zone, ZONE);
    const options = { dir, port: await freePort(), sites: join(folder, 'sites'), tls };
    expect(prepareWeb(options).spec.user).toEqual(serverUser());
    web = await startWeb(options);
  });
  afterAll(async () => {
    await web?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const certify = (file: string, names: string[]): Promise<boolean> =>
    ensureCertificate(authority, { file, names, owner: serverUser() });
  const ownFile = (name: string): string => join(own, `${name}.pem`);

  const page = (host: string, ...more: string[]): string => {
    const to = ['--connect-to', `${host}:443:127.0.0.1:${port}`, '--cacert', authority.certificateFile];
    return execFileSync('curl', ['-s', '--max-time', '5', ...to, ...more, `https://${host}/`], {
      encoding: 'utf8',
    });
  };

  /** The first name and the number of the certificate that somebody is shown who asks for `servername`. */
  const shown = (servername?: string): Promise<{ name: string; serial: string }> =>
    new Promise((resolve, reject) => {
      const to = { port, host: '127.0.0.1', servername, rejectUnauthorized: false };
      const socket = connect(to, () => {
        const { subject, serialNumber } = socket.getPeerCertificate();
        resolve({ name: String(subject.CN), serial: serialNumber });
        socket.end();
      });
      socket.once('error', reject);
    });

  it('are served with the certificate of the zone, in either version of HTTP', () => {
    expect(page('shop.sites.test')).toBe('hello');
    expect(page('shop.sites.test', '--http1.1')).toBe('hello');
    expect(page('nothing.sites.test')).toContain('no site');
  });

  it('have a certificate of their own when there is one, from then on, until it goes', async () => {
    expect(() => page('www.own.example')).toThrow();
    await certify(ownFile('www.own.example'), ['www.own.example']);
    await eventually(() => page('www.own.example') === 'hello');
    expect(await shown('WWW.OWN.example')).toMatchObject({ name: 'www.own.example' });
    expect(await shown('shop.sites.test')).toMatchObject({ name: 'sites.test' });
    rmSync(ownFile('www.own.example'));
    await eventually(async () => (await shown('www.own.example')).name === 'sites.test');
  });

  it('show a renewed certificate without a reload', async () => {
    const before = await shown('shop.sites.test');
    const pid = web.pid;
    rmSync(join(folder, 'web', 'zone.pem'));
    await certify(join(folder, 'web', 'zone.pem'), ZONE);
    await eventually(async () => (await shown('shop.sites.test')).serial !== before.serial);
    expect(web.pid).toBe(pid);
    expect(page('shop.sites.test')).toBe('hello');
  });

  it('go on with what was shown before when a file holds no certificate', async () => {
    const file = ownFile('www.own.example');
    await certify(file, ['www.own.example']);
    const { serial } = await shown('www.own.example');
    writeFileSync(file, 'half a certi');
    await new Promise((passed) => setTimeout(passed, 2_500));
    expect(await shown('www.own.example')).toMatchObject({ serial });
  });

  it('never read a certificate outside the folder, and have one for who asks for no name', async () => {
    await certify(join(folder, 'outside.pem'), ['outside.example']);
    expect(await shown('../outside')).toMatchObject({ name: 'sites.test' });
    expect(await shown()).toMatchObject({ name: 'sites.test' });
  });
});
