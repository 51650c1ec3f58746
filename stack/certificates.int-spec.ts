/** Certificates as others see them: openssl verifies what the platform's authority has issued. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, ensureAuthority, ensureCertificate } from './certificates';
import { temporaryFolder } from './testing';

const DAY_MS = 86_400_000;

describe('the platform’s own certificate authority', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'zone.pem');
  const names = ['sites.test', '*.sites.test', '127.0.0.1'];
  let authority: Authority;

  beforeAll(async () => {
    authority = await ensureAuthority(join(folder, 'keys'));
  });
  beforeEach(() => rmSync(file, { force: true }));
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const openssl = (...args: string[]): string =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
  const verify = (...more: string[]): string =>
    openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', authority.certificateFile, ...more);
  const issued = () => new X509Certificate(readFileSync(file));
  const inDays = (days: number): void =>
    void jest.spyOn(Date, 'now').mockReturnValue(new Date().getTime() + days * DAY_MS);

  it('is made once, and its key is nobody else’s', async () => {
    const before = readFileSync(authority.certificateFile, 'utf8');
    expect(await ensureAuthority(join(folder, 'keys'))).toEqual(authority);
    expect(readFileSync(authority.certificateFile, 'utf8')).toBe(before);
    expect(statSync(authority.keyFile).mode & 0o777).toBe(0o600);
    const ca = new X509Certificate(before);
    expect(ca.ca).toBe(true);
    expect(Date.parse(ca.validTo) - Date.now()).toBeGreaterThan(3_600 * DAY_MS);
  });

  it('issues what others verify, for these names and no more', async () => {
    expect(await ensureCertificate(authority, { file, names })).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(verify('-verify_hostname', 'shop.sites.test', file)).toContain('OK');
    expect(verify('-verify_ip', '127.0.0.1', file)).toContain('OK');
    expect(() => verify('-verify_hostname', 'a.shop.sites.test', file)).toThrow();
    expect(() => verify('-verify_hostname', 'sites.test.example', file)).toThrow();
    expect(openssl('x509', '-in', file, '-noout', '-ext', 'basicConstraints')).toContain('CA:FALSE');
  });

  it('writes the key beside the certificate, and it is its key', async () => {
    await ensureCertificate(authority, { file, names });
    const ofKey = openssl('pkey', '-in', file, '-pubout');
    expect(openssl('x509', '-in', file, '-noout', '-pubkey')).toBe(ofKey);
  });

  it('issues no second one before two thirds of its time, and one after', async () => {
    await ensureCertificate(authority, { file, names });
    const { serialNumber } = issued();
    inDays(59);
    expect(await ensureCertificate(authority, { file, names })).toBe(false);
    inDays(61);
    expect(await ensureCertificate(authority, { file, names })).toBe(true);
    expect(issued().serialNumber).not.toBe(serialNumber);
  });

  it('issues another one for other names, and in place of another authority’s', async () => {
    await ensureCertificate(authority, { file, names });
    expect(await ensureCertificate(authority, { file, names: ['other.test', '*.other.test'] })).toBe(true);
    const another = await ensureAuthority(join(folder, 'other-keys'));
    expect(await ensureCertificate(another, { file, names: ['other.test'] })).toBe(true);
    expect(() => verify(file)).toThrow();
  });

  it('issues another one in place of what is none', async () => {
    writeFileSync(file, 'nothing\n');
    expect(await ensureCertificate(authority, { file, names })).toBe(true);
    expect(verify(file)).toContain('OK');
  });
});
