import { Inject, Injectable } from '@nestjs/common';
import { unauthenticated, type Principal } from '@nubo/contracts';
import { type Authenticator, type Credentials } from './authenticator';

export const AUTHENTICATORS = Symbol('authenticators');

/** The chain: the first authenticator that recognises the header decides. */
@Injectable()
export class Authenticators {
  constructor(@Inject(AUTHENTICATORS) private readonly chain: readonly Authenticator[]) {}

  /** Who asks. Throws `unauthenticated` without a header, on one that nobody knows, and when it is denied. */
  async identify(credentials: Credentials): Promise<Principal> {
    const { authorization } = credentials;
    if (!authorization) {
      throw unauthenticated('login_required', 'Log in first: POST /iaas/sessions, then send its token.');
    }
    const one = this.chain.find((authenticator) => authenticator.recognises(authorization));
    if (!one) {
      throw unauthenticated(
        'unknown_credentials',
        'The Authorization header is of no kind that is known here.',
      );
    }
    return one.authenticate(credentials);
  }
}
