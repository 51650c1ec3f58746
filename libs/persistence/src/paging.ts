import { invalidFields, type ListInput, type Page } from '@nubo/contracts';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CallersFilter } from './filter';

const DEFAULT_LIMIT = 100;
/** Of a page's items as JSON: what is around them fits into the same message on the bus, which has 1 MiB by default. */
const PAGE_BYTES = 896 * 1024;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A cursor is the id of the last item: ids are random, so it tells nothing, and a page never shifts. */
const encode = (id: string): string => Buffer.from(id).toString('base64url');
const decode = (cursor: string): string => {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!UUID.test(id)) throw invalidFields([{ field: 'after', message: 'is not a cursor of ours' }]);
  return id;
};

/** How rows become items: one by one, or all of a page together, in their order. */
export type RowMapping<R, V> = ((row: R) => V) | { all: (rows: R[]) => Promise<V[]> };

/**
 * One keyset page of `list` (whose alias is `alias`), narrowed to what the caller's query asks for and mapped by `map`.
 * It has fewer items than the limit when more would not fit into one message. Throws `invalid` for a foreign cursor, and
 * for a query that cannot be understood.
 */
export async function pageOfQuery<R extends ObjectLiteral & { id: string }, V>(
  list: SelectQueryBuilder<R>,
  { limit = DEFAULT_LIMIT, after, query = '' }: ListInput,
  map: RowMapping<R, V>,
  filter: CallersFilter,
): Promise<Page<V>> {
  const { alias } = list;
  for (const condition of filter(alias, query)) list.andWhere(...condition);
  if (after) list.andWhere(`${alias}.id > :after`, { after: decode(after) });
  const rows = await list
    .orderBy(`${alias}.id`)
    .limit(limit + 1)
    .getMany();
  const shown = rows.slice(0, limit);
  const all = 'all' in map ? await map.all(shown) : shown.map(map);
  const items = fitting(all);
  const last = rows[items.length - 1];
  return { items, ...(rows.length > items.length && last && { next: encode(last.id) }) };
}

/** The first of the items that fit into one message; one at least. */
function fitting<V>(items: V[]): V[] {
  let bytes = 0;
  const end = items.findIndex((item, n) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    return bytes > PAGE_BYTES && n > 0;
  });
  return end < 0 ? items : items.slice(0, end);
}
