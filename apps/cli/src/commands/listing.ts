import type { Fetched } from '../client/answers';
import { listed, type ListQuery } from '../client/pages';
import type { Context } from '../context';
import type { Column } from '../output/columns';

export interface ListOptions {
  limit: number;
}

export interface Listing<V extends object> {
  readonly columns: readonly Column<V>[];
  readonly query?: string;
  /** What people read when there is none. */
  readonly nothing: string;
  page(query: ListQuery): Promise<Fetched<V[]>>;
}

/** Shows a list, page after page up to `--limit`, and says when there is more. */
export async function showList<V extends object>(
  ctx: Context<ListOptions>,
  listing: Listing<V>,
): Promise<void> {
  const { limit } = ctx.options;
  const { items, more } = await listed((query) => listing.page(query), limit, listing.query ?? '');
  ctx.out.rows(listing.columns, items, listing.nothing);
  if (more) ctx.out.warn(`These are the first ${limit}; there are more: narrow the query, or give --limit.`);
}
