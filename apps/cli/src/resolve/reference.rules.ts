/** What people may write for a thing: its whole id, its name or e-mail address, or the beginning of its id. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ID_PREFIX = /^[0-9a-f][0-9a-f-]{2,35}$/i;
const NAME = /^[\w.@+-]{1,254}$/;

export const isWholeId = (text: string): boolean => UUID.test(text);

/** The queries that find it, best first. None when nothing can be called so. */
export function queriesFor(text: string, namedBy: 'name' | 'email'): string[] {
  if (!NAME.test(text)) return [];
  return [`${namedBy}=${text}`, ...(ID_PREFIX.test(text) ? [`id=${text.toLowerCase()}*`] : [])];
}
