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
    hint: 'Is the platform up, and is this its address? (--url, NUBO_URL)',
    cause: error,
  });
}

/** fetch says only "fetch failed"; why is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : error.message;
}
