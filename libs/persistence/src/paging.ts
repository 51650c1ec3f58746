import { invalidFields, type ListInput, type Page } from '@nubo/contracts';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CallersFilter } from './filter';

const DEFAULT_LIMIT = 100;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A cursor is the id of the last item: ids are random, so it tells nothing, and a page never shifts. */
const encode = (id: string): string => Buffer.from(id).toString('base64url');
const decode = (cursor: string): string => {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!UUID.test(id)) throw invalidFields([{ field: 'after', message: 'is not a cursor of ours' }]);
  return id;
};

/**
 * One keyset page of `list` (whose alias is `alias`), narrowed to what the caller's query asks for and mapped by `map`.
 * Throws `invalid` for a foreign cursor, and for a query that cannot be understood.
 */
export async function pageOfQuery<R extends ObjectLiteral & { id: string }, V>(
  list: SelectQueryBuilder<R>,
  { limit = DEFAULT_LIMIT, after, query = '' }: ListInput,
  map: (row: R) => V,
  filter: CallersFilter,
): Promise<Page<V>> {
  const { alias } = list;
  for (const condition of filter(alias, query)) list.andWhere(...condition);
  if (after) list.andWhere(`${alias}.id > :after`, { after: decode(after) });
  const rows = await list
    .orderBy(`${alias}.id`)
    .limit(limit + 1)
    .getMany();
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(map), ...(rows.length > limit && last && { next: encode(last.id) }) };
}
