import { unauthenticated, USER_ROLES, type Principal, type SessionClaims } from '@nubo/contracts';

/** A session whose token was verified. */
export interface Session {
  readonly principal: Principal;
  /** Of the user when the token was made; revoked once the user's is higher. */
  readonly epoch: number;
  readonly expiresAtMs: number;
}

const JWT = /^(?:Bearer +)?([\w-]+\.[\w-]+\.[\w-]*)$/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The token of `Bearer x` or a bare `x`; null when the header holds no JWT. */
export function tokenOf(authorization: string | undefined): string | null {
  return JWT.exec(authorization ?? '')?.[1] ?? null;
}

/** What the token of a header says, which nobody has verified. Throws `unauthenticated` when it says nothing. */
export function claimsIn(authorization: string): Partial<SessionClaims & { exp: number }> {
  const [, body = ''] = (tokenOf(authorization) ?? '').split('.');
  try {
    return Object(JSON.parse(Buffer.from(body, 'base64url').toString())) as Partial<SessionClaims>;
  } catch {
    throw unauthenticated('session_invalid', 'The session’s token is not readable; log in again.');
  }
}

/** The session that verified claims stand for. Throws `unauthenticated` when one is missing or malformed. */
export function sessionOf(claims: Partial<SessionClaims & { exp: number }>): Session {
  const { sub, tid = null, role, epoch, exp, mcp } = claims;
  const complete =
    isUuid(sub) && (tid === null || isUuid(tid)) && isRole(role) && isWhole(epoch) && isWhole(exp);
  if (!complete)
    throw unauthenticated('session_invalid', 'The session’s token is not complete; log in again.');
  return {
    principal: { userId: sub, tenantId: tid, role, ...(mcp && { mustChangePassword: true }) },
    epoch,
    expiresAtMs: exp * 1000,
  };
}

const isUuid = (value: unknown): value is string => typeof value === 'string' && UUID.test(value);
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isRole = (value: unknown): value is SessionClaims['role'] =>
  (USER_ROLES as readonly unknown[]).includes(value);
