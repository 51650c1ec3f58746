import createClient, { type Client } from 'openapi-fetch';
import { unreachable } from '../errors';
import type { paths } from '../generated/api';
import { VERSION } from '../version';

/** The API of the gateway: methods, paths, parameters and bodies are those of docs/openapi.json. */
export type Api = Client<paths>;

export interface ApiOptions {
  readonly url: string;
  readonly token?: string;
  readonly signal: AbortSignal;
}

/** A client of the gateway at `url`. A redirect is an error: the token goes nowhere else. */
export function apiOf({ url, token, signal }: ApiOptions): Api {
  const api = createClient<paths>({
    baseUrl: url,
    redirect: 'error',
    signal,
    headers: {
      Accept: 'application/json',
      'User-Agent': `nubo/${VERSION}`,
      ...(token && { Authorization: token }),
    },
  });
  api.use({ onError: ({ error }) => outage(url, error, signal) });
  return api;
}

/** What is thrown when no answer came from the platform at `url`. */
export function outage(url: string, error: unknown, signal: AbortSignal): Error {
  if (signal.aborted && error instanceof Error) return error;
  return unreachable(`${url} does not answer (${reasonOf(error)}).`, {
    hint: isUntrusted(error)
      ? 'To trust the authority of its certificate: NODE_EXTRA_CA_CERTS=<ca.pem of the platform>'
      : 'Is the platform up, and is this its address? (--url, NUBO_URL)',
    cause: error,
  });
}

/** What OpenSSL calls a certificate whose issuer nobody has been told to trust. */
const UNTRUSTED = [
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
];

function isUntrusted(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return UNTRUSTED.includes(cause?.code ?? '');
}

/** fetch says only "fetch failed"; why is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : error.message;
}
