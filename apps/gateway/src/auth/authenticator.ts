import { NuboError, type Principal } from '@nubo/contracts';

/** What an authenticator may judge by: the opaque header and the details of the request. */
export interface Credentials {
  readonly authorization: string;
  readonly method: string;
  readonly path: string;
  readonly address: string;
}

/** One way to tell who asks. */
export interface Authenticator {
  /** Whether the Authorization header is of the kind that this authenticator knows; decides nothing else. */
  recognises(authorization: string): boolean;
  /** Allows with a principal, or denies by throwing `unauthenticated`; `unavailable` when it cannot tell now. */
  authenticate(credentials: Credentials): Promise<Principal>;
}

/** Denied although it is known who asks: the credentials are genuine, but of no use any more. */
export class Denied extends NuboError {
  constructor(
    readonly principal: Principal,
    [code, message]: [code: string, message: string],
  ) {
    super('unauthenticated', code, message);
  }
}
