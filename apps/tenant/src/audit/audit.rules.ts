import { invalidFields } from '@nubo/contracts';

/** A cursor is the number of the last entry. */
export const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');

/** 18 digits are less than the greatest bigint. */
const NUMBER = /^\d{1,18}$/;

/** The number in a cursor. Throws `invalid` for what is none of ours. */
export function numberIn(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!NUMBER.test(id)) throw invalidFields([{ field: 'after', message: 'is not a cursor of ours' }]);
  return id;
}
