import { createHash, randomBytes } from 'node:crypto';
import { invalidFields } from '@nubo/contracts';

/** Letters and digits that nobody confuses: 31, almost 5 bits each. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

const randomText = (length: number): string =>
  [...randomBytes(length * 2)]
    .filter((byte) => byte < 248)
    .slice(0, length)
    .map((byte) => LETTERS[byte % LETTERS.length])
    .join('');

/** 118 bits. */
export const newPassword = (): string => randomText(24);

/** Tells something to people, and cannot be guessed. */
export const newLogin = (name: string): string => `${name.slice(0, 20).replace(/-+$/, '')}-${randomText(8)}`;

export interface PublicKey {
  type: string;
  fingerprint: string;
  comment: string;
}

const CURVES = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];
const SHORTEST_RSA_BYTES = 256;

/** A line of authorized_keys without options (sshd(8)). Throws `invalid`. */
export function publicKeyOf(line: string): PublicKey {
  const refuse = (message: string) => invalidFields([{ field: 'key', message }]);
  if (line.includes('PRIVATE KEY')) throw refuse('is a private key: keep it, and send the .pub file');
  const [type = '', encoded = '', ...comment] = line.trim().split(/\s+/);
  const blob = Buffer.from(encoded, 'base64');
  const [inner, ...rest] = stringsOf(blob);
  if (inner?.toString() !== type) throw refuse('must be one line like ssh-ed25519 AAAA…');
  if (type === 'ssh-rsa' && (rest[1]?.length ?? 0) < SHORTEST_RSA_BYTES)
    throw refuse('must have 2048 bits at least');
  if (type !== 'ssh-rsa' && !CURVES.includes(type)) throw refuse(`may be ssh-rsa, ${CURVES.join(', ')}`);
  return { type, fingerprint: fingerprintOf(blob), comment: comment.join(' ').slice(0, 200) };
}

const fingerprintOf = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

/** RFC 4251, 5: a string is its length in four bytes, and the bytes. */
function stringsOf(blob: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= blob.length;) {
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return [];
    found.push(blob.subarray(at + 4, end));
    at = end;
  }
  return found;
}
