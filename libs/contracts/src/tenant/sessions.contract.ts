import { Flag, Id, OneOf, Text, Time } from '../wire/fields';
import { operation } from '../wire/operation';
import { Nothing } from '../wire/resource';
import { USER_ROLES, type UserRole } from './users.contract';

export class CreateSession {
  @Text({ min: 1, max: 254, example: 'ada@blue.example' }) email!: string;
  @Text({ min: 1, max: 256 }) password!: string;
}

export class SessionView {
  @Text({ max: 4000, description: 'Send it as `Authorization: <token>`, with or without `Bearer`.' })
  token!: string;
  @Id() userId!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @OneOf(USER_ROLES) role!: UserRole;
  @Flag() mustChangePassword!: boolean;
  @Time() expiresAt!: string;
}

/** The claims of a session token (ES256), besides `iat` and `exp`. */
export interface SessionClaims {
  /** User id. */
  sub: string;
  tid: string | null;
  role: UserRole;
  /** Tokens of an earlier epoch than the user's are revoked. */
  epoch: number;
  /** True while the password must be changed first. */
  mcp?: boolean;
}

/** JetStream KV bucket: user id → {@link Revocation}; tokens of an earlier epoch are refused. */
export const REVOCATION_BUCKET = 'revocations';
export interface Revocation {
  epoch: number;
}
export const JWT_ISSUER = 'nubo';

export const createSession = operation('tenant.sessions.create', CreateSession, SessionView, {
  permission: 'anyone',
});
/** Ends all sessions of the caller. */
export const endSessions = operation('tenant.sessions.end', Nothing, Nothing);
