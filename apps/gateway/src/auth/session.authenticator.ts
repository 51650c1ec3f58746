import { Injectable } from '@nestjs/common';
import { NuboError, unauthenticated, type Principal } from '@nubo/contracts';
import { Revocations } from '@nubo/messaging';
import passport from 'passport';
import { Denied, type Authenticator, type Credentials } from './authenticator';
import { claimsIn, sessionOf, tokenOf, type Session } from './session.rules';
import { SESSION_STRATEGY } from './session.strategy';
import { VerifiedTokens } from './verified-tokens';

const MAX_TOKENS = 10_000;

/** Sessions of people: a signed token that was not revoked since. */
@Injectable()
export class SessionAuthenticator implements Authenticator {
  private readonly verified = new VerifiedTokens<Session>(MAX_TOKENS);

  constructor(private readonly revocations: Revocations) {}

  recognises(authorization: string): boolean {
    return tokenOf(authorization) !== null;
  }

  async authenticate({ authorization }: Credentials): Promise<Principal> {
    const { principal, epoch } = this.verified.get(authorization) ?? (await this.verify(authorization));
    if (this.revocations.isRevoked(principal.userId, epoch)) {
      throw new Denied(principal, ['session_revoked', 'This session was ended; log in again.']);
    }
    return principal;
  }

  private async verify(authorization: string): Promise<Session> {
    const session = await checkedByPassport(authorization);
    this.verified.set(authorization, session);
    return session;
  }
}

function checkedByPassport(authorization: string): Promise<Session> {
  return new Promise((resolve, reject) => {
    const decided = (error: unknown, session: Session | false | null, why?: unknown): void => {
      if (error instanceof NuboError) reject(error);
      else if (error || !session) reject(refusal(error ?? why, authorization));
      else resolve(session);
    };
    const check = passport.authenticate(SESSION_STRATEGY, { session: false }, decided) as Middleware;
    check({ headers: { authorization } }, {}, (error) => reject(refusal(error, authorization)));
  });
}

type Middleware = (request: object, response: object, next: (error?: unknown) => void) => void;

/** jsonwebtoken 9 looks at the expiry after the signature: the claims of what has expired are genuine. */
function refusal(why: unknown, authorization: string): NuboError {
  if (why instanceof Error && why.name === 'TokenExpiredError') {
    const { principal } = sessionOf(claimsIn(authorization));
    return new Denied(principal, ['session_expired', 'The session has expired; log in again.']);
  }
  return unauthenticated('session_invalid', 'This is no valid session token; log in again.');
}
