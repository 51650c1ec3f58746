import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { JWT_ISSUER, type SessionClaims } from '@nubo/contracts';

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A P-256 pair in PEM. */
export function es256Pair(): KeyPair {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/** The claims of an owner's session; `overrides` change them. */
export function claimsOf(overrides: Partial<SessionClaims> = {}): SessionClaims {
  return { sub: randomUUID(), tid: randomUUID(), role: 'owner', epoch: 1, ...overrides };
}

/** A token as the tenant service makes it; `seconds` below 0 make an expired one. */
export function signed(
  claims: object,
  { privateKey }: KeyPair,
  { seconds = 600, issuer = JWT_ISSUER }: { seconds?: number; issuer?: string } = {},
): string {
  return new JwtService().sign(claims, { privateKey, algorithm: 'ES256', issuer, expiresIn: seconds });
}
