/** `npm start -- --tls`: the gateway over TLS, with a certificate of the platform's own authority. */
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { eventually } from '@nubo/testing';
import { startPlatform, type Platform } from '../../stack/platform';
import { ensureAuthority, ensureCertificate } from '../../stack/certificates';
import { freePort } from '../../stack/ports';
import { temporaryFolder } from '../../stack/testing';

jest.setTimeout(120_000);

const run = promisify(execFile);

describe('a platform over TLS', () => {
  let folder: string;
  let platform: Platform;

  beforeAll(async () => {
    folder = temporaryFolder();
    platform = await startPlatform({
      dataDir: join(folder, 'data'),
      httpPort: await freePort(),
      tls: true,
      mail: 'catcher',
      fsync: false,
      env: { NUBO_LOG_LEVEL: 'warn' },
    });
  });
  afterAll(async () => {
    await platform?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const curl = async (...args: string[]): Promise<string> =>
    (await run('curl', ['-s', '--max-time', '5', ...args])).stdout;
  const trusted = (...args: string[]): Promise<string> => curl('--cacert', platform.caFile, ...args);
  const serialAt = (url: string): Promise<string> =>
    new Promise((done, fail) => {
      const { hostname: host, port } = new URL(url);
      const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
        done(socket.getPeerCertificate().serialNumber);
        socket.end();
      });
      socket.once('error', fail);
    });

  it('answers who trusts its authority, and nobody without TLS', async () => {
    expect(platform.gatewayUrl).toMatch(/^https:/);
    expect(JSON.parse(await trusted(`${platform.gatewayUrl}/health/live`))).toEqual({ status: 'ok' });
    const { port } = new URL(platform.gatewayUrl);
    expect(await trusted(`https://localhost:${port}/health/live`)).toContain('ok');
    await expect(curl(`${platform.gatewayUrl}/health/live`)).rejects.toThrow();
    await expect(curl(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
  });

  it('hands the certificate of its authority out, and no key', async () => {
    const pem = await curl('-k', `${platform.gatewayUrl}/ca.pem`);
    expect(pem).not.toContain('PRIVATE');
    const { fingerprint256 } = new X509Certificate(readFileSync(platform.caFile));
    expect(new X509Certificate(pem).fingerprint256).toBe(fingerprint256);
  });

  it('keeps keys to those who need them', () => {
    for (const file of ['keys/ca.key.pem', 'gateway/tls.pem', 'web/zone.pem'])
      expect(statSync(join(folder, 'data', file)).mode & 0o777).toBe(0o600);
  });

  it('lets nubo in that trusts its authority', async () => {
    const env = { PATH: process.env['PATH'], HOME: join(folder), NUBO_URL: platform.gatewayUrl };
    const bin = resolve('apps/cli/bin/nubo');
    const logIn = (more: object) =>
      run(process.execPath, [bin, 'login', 'root', 'root'], { env: { ...env, ...more } });
    expect((await logIn({ NODE_EXTRA_CA_CERTS: platform.caFile })).stdout).toContain('You are root');
    const hint = expect.stringContaining('NODE_EXTRA_CA_CERTS') as string;
    await expect(logIn({})).rejects.toMatchObject({ stderr: hint });
  });

  it('serves sites with a certificate of their zone', async () => {
    const { port } = new URL(platform.webTlsUrl);
    const to = ['--connect-to', `a.sites.nubo.test:443:127.0.0.1:${port}`];
    expect(await trusted(...to, 'https://a.sites.nubo.test/')).toContain('no site');
  });

  it('shows new certificates without a restart', async () => {
    const authority = await ensureAuthority(join(folder, 'data', 'keys'));
    const { pid } = platform.services.gateway;
    for (const [file, url] of [
      ['gateway/tls.pem', platform.gatewayUrl],
      ['web/zone.pem', platform.webTlsUrl],
    ] as const) {
      const path = join(folder, 'data', file);
      const before = { serial: await serialAt(url), ...statSync(path) };
      const owner = { uid: before.uid, gid: before.gid };
      rmSync(path);
      await ensureCertificate(authority, { file: path, names: ['localhost', '127.0.0.1'], owner });
      await eventually(async () => (await serialAt(url)) !== before.serial);
    }
    expect(platform.services.gateway.pid).toBe(pid);
    expect(await trusted(`${platform.gatewayUrl}/health/live`)).toContain('ok');
  });
});
