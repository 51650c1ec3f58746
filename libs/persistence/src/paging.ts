import { invalidFields, type ListInput, type Page } from '@nubo/contracts';
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';

const DEFAULT_LIMIT = 100;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A cursor is the id of the last item: ids are random, so it tells nothing, and a page never shifts. */
const encode = (id: string): string => Buffer.from(id).toString('base64url');
const decode = (cursor: string): string => {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!UUID.test(id)) throw invalidFields([{ field: 'after', message: 'is not a cursor of ours' }]);
  return id;
};

/** One keyset page of `query` (whose alias is `alias`), mapped by `map`. Throws `invalid` for a foreign cursor. */
export async function pageOfQuery<R extends ObjectLiteral & { id: string }, V>(
  query: SelectQueryBuilder<R>,
  { limit = DEFAULT_LIMIT, after }: ListInput,
  map: (row: R) => V,
): Promise<Page<V>> {
  const { alias } = query;
  if (after) query.andWhere(`${alias}.id > :after`, { after: decode(after) });
  const rows = await query
    .orderBy(`${alias}.id`)
    .limit(limit + 1)
    .getMany();
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(map), ...(rows.length > limit && last && { next: encode(last.id) }) };
}
