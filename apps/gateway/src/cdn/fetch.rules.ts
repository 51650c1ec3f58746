import { invalidFields, notFound } from '@nubo/contracts';
import type { IncomingHttpHeaders } from 'node:http';

/** What of whom is wanted. */
export interface Wanted {
  customerId: string;
  /** From the slash on, as it was sent. */
  path: string;
  user?: string;
  /** What else was in the query. */
  query: URLSearchParams;
}

const FETCH = /^\/cdn\/([^/?]+)(\/[^?]*)(?:\?(.*))?$/s;
/** Whole and nothing else: an id that begins as another one's is another id. */
const CUSTOMER = /^[0-9a-f]{32}$/;
const LONGEST_USER = 254;

/** Throws `not_found` for what cannot be a customer's, `invalid` for a bad user. */
export function targetOf(url: string): Wanted {
  const [, customerId = '', path = '', search = ''] = FETCH.exec(url) ?? [];
  if (!CUSTOMER.test(customerId)) throw notFound('customer', customerId.slice(0, 64));
  const query = new URLSearchParams(search);
  const user = query.get('user') ?? undefined;
  if (user !== undefined && user.length > LONGEST_USER)
    throw invalidFields([{ field: 'user', message: `must have at most ${LONGEST_USER} characters` }]);
  query.delete('user');
  query.delete('near');
  return { customerId, path, query, ...(user && { user }) };
}

/** Of the request those that choose what is answered: no credentials of the platform leave it. */
const ASKED = [
  'accept',
  'accept-encoding',
  'range',
  'if-range',
  'if-none-match',
  'if-modified-since',
  'if-match',
] as const;

export function askedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    ASKED.flatMap((name): [string, string][] => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/** RFC 9110, 7.6.1, and what the gateway says itself, or a customer must not say in its name. */
const OURS =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|set-cookie|server|date|content-security-policy|x-frame-options|strict-transport-security|clear-site-data|alt-svc|access-control-.*|service-worker-.*)$/;

export function answeredHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, string | string[]][] =>
      value === undefined || OURS.test(name) ? [] : [[name, value]],
    ),
  );
}

/** Where an edge's redirect leads on this side; what leads elsewhere stays as it is. Who named a location or a user keeps it. */
export function redirectedTo(location: string, { customerId, user, query }: Wanted): string {
  if (!/^\/(?!\/)/.test(location)) return location;
  const [, path = '', search = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(location) ?? [];
  const wanted = new URLSearchParams(search);
  wanted.delete('near');
  const named = query.get('location');
  if (named !== null && !wanted.has('location')) wanted.set('location', named);
  if (user !== undefined && !wanted.has('user')) wanted.set('user', user);
  return `/cdn/${customerId}${path}${wanted.size > 0 ? `?${wanted}` : ''}${fragment}`;
}
