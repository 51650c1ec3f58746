import { answerOf, type Fetched } from './answers';

export interface ListQuery {
  limit?: number;
  after?: string;
  query?: string;
}

export interface Listed<T> {
  readonly items: T[];
  /** The server has more of them than were asked for. */
  readonly more: boolean;
}

const PAGE = 200;

/** Follows `Link: rel=next` until `limit` items are there. */
export async function listed<T>(
  list: (query: ListQuery) => Promise<Fetched<T[]>>,
  limit: number,
  query: string,
): Promise<Listed<T>> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const wanted = Math.min(PAGE, limit - items.length);
    const page = await answerOf(list({ limit: wanted, ...(after && { after }), ...(query && { query }) }));
    items.push(...(page.data ?? []));
    after = cursorIn(page.response.headers.get('link'));
  } while (after && items.length < limit);
  return { items: items.slice(0, limit), more: after !== undefined || items.length > limit };
}

/** The cursor in a Link header (RFC 8288) that leads to the next page; undefined on the last. */
export function cursorIn(link: string | null): string | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return undefined;
  return new URL(target, 'http://nubo').searchParams.get('after') ?? undefined;
}
