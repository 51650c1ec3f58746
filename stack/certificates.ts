/** The platform's own certificate authority, and the certificates that it gives to the platform's servers. */
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { ownFolder, type Owner, writeAtomically } from './files';

/** Files of mode 600; nobody but who issues certificates needs the key. */
export interface Authority {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface Wanted {
  /** Holds the certificate and its key, so that the two are never of different age. */
  readonly file: string;
  /** Names and addresses; the first one is its subject. */
  readonly names: readonly string[];
  /** Who reads it, when it is somebody else. */
  readonly owner?: Owner;
}

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;
/** Browsers believe none that is valid for longer than 398 days. */
const DAYS = 90;
/** Clocks of clients differ. */
const EARLIER_MS = 3_600_000;
/** RFC 5280, 4.1.2.2: a positive number of at most 20 bytes. */
const SERIAL_BYTES = 16;
const KEY = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };

/** Made once in `dir`: `ca.pem`, which people may trust, and `ca.key.pem`. An existing one is left as it is. */
export async function ensureAuthority(dir: string): Promise<Authority> {
  ownFolder(dir);
  const authority = { certificateFile: join(dir, 'ca.pem'), keyFile: join(dir, 'ca.key.pem') };
  if (existsSync(authority.keyFile)) return authority;
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    // Two platforms' authorities shall not be taken for one.
    name: `CN=Nubo ${randomBytes(4).toString('hex')}`,
    ...lasting(AUTHORITY_DAYS),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  // The key is written last: one that exists is complete.
  writeAtomically(authority.certificateFile, pem(certificate));
  writeAtomically(authority.keyFile, await pemOfKey(keys.privateKey));
  return authority;
}

/** Issues a certificate when there is none, or one that is not as wanted or due. Answers whether it did. Safe to repeat. */
export async function ensureCertificate(authority: Authority, wanted: Wanted): Promise<boolean> {
  if (isGood(authority, wanted)) return false;
  writeAtomically(wanted.file, await issue(authority, wanted.names), wanted.owner);
  return true;
}

function isGood({ certificateFile }: Authority, { file, names }: Wanted): boolean {
  const certificate = certificateIn(file);
  if (!certificate) return false;
  const [from, to] = [certificate.validFrom, certificate.validTo].map((time) => Date.parse(time));
  const authority = new X509Certificate(readFileSync(certificateFile));
  return (
    Date.now() < from + ((to - from) * 2) / 3 &&
    certificate.verify(authority.publicKey) &&
    names.every((name) => shownNames(certificate).includes(name))
  );
}

function certificateIn(file: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    return undefined;
  }
}

/** `DNS:a, DNS:*.a, IP Address:127.0.0.1` (Node 20). */
const shownNames = ({ subjectAltName = '' }: X509Certificate): string[] =>
  subjectAltName.split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));

/** PEM of the certificate and of its fresh key. */
async function issue(authority: Authority, names: readonly string[]): Promise<string> {
  const issuer = new x509.X509Certificate(readFileSync(authority.certificateFile, 'utf8'));
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const { notBefore, notAfter } = lasting(DAYS);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${names[0]}`,
    issuer: issuer.subject,
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    publicKey: keys.publicKey,
    signingKey: await privateKeyOf(authority),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pem(certificate) + (await pemOfKey(keys.privateKey));
}

function privateKeyOf({ keyFile }: Authority): Promise<webcrypto.CryptoKey> {
  const bytes = createPrivateKey(readFileSync(keyFile)).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', bytes, KEY, false, ['sign']);
}

const pem = (certificate: x509.X509Certificate): string => `${certificate.toString('pem')}\n`;

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** The first bit is 0, and the number is not. */
function serial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = (bytes[0] & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function lasting(days: number): { notBefore: Date; notAfter: Date } {
  const notBefore = new Date(Date.now() - EARLIER_MS);
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * DAY_MS) };
}
