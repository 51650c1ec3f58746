/** Who asks in benchmarks: sessions as the tenant service makes them, so that the load logs in no hundred times. */
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { JWT_ISSUER, type UserRole } from '@nubo/contracts';

export interface Person {
  readonly userId: string;
  readonly tenantId: string;
  readonly role: UserRole;
}

export const person = (role: UserRole, tenantId: string = randomUUID()): Person => ({
  userId: randomUUID(),
  tenantId,
  role,
});

/** `keyFile`: the private key of sessions. */
export function sessionToken(keyFile: string, { userId, tenantId, role }: Person): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: userId, tid: tenantId, role, epoch: 1, iss: JWT_ISSUER, iat: now, exp: now + 3600 };
  const encoded = [{ alg: 'ES256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const key = createPrivateKey(readFileSync(keyFile));
  const signature = sign('sha256', Buffer.from(encoded.join('.')), { key, dsaEncoding: 'ieee-p1363' });
  return [...encoded, signature.toString('base64url')].join('.');
}
