import { createHash } from 'node:crypto';
import { utils, type ParsedKey } from 'ssh2';

/** `SHA256:…` as ssh-keygen -l prints it: unpadded base64 of the hash of the key blob. */
export function fingerprintOf(keyBlob: Buffer): string {
  return `SHA256:${createHash('sha256').update(keyBlob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * The line for authorized_keys (`<type> <base64>`, no comment) that belongs to an unencrypted OpenSSH private key in PEM.
 * Throws TypeError when the text is no such key.
 */
export function publicKeyOf(privateKeyPem: string): string {
  const parsed: ParsedKey | ParsedKey[] | Error = utils.parseKey(privateKeyPem);
  const [key] = [parsed].flat();
  if (!key || key instanceof Error || !key.isPrivateKey()) {
    throw new TypeError('not an unencrypted OpenSSH private key');
  }
  return `${key.type} ${key.getPublicSSH().toString('base64')}`;
}

/**
 * A new ed25519 key pair: the private key, unencrypted, as OpenSSH PEM (publicKeyOf gives the public half).
 * ssh2 1.17 drops leading zero bytes of the public key, so that one pair in 256 cannot be read again: made anew.
 */
export function newPrivateKey(): string {
  for (;;) {
    const { private: pem } = utils.generateKeyPairSync('ed25519', { comment: 'nubo' });
    if (!(utils.parseKey(pem) instanceof Error)) return pem;
  }
}
