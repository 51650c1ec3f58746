import type { Api } from '../client/api';
import { listed } from '../client/pages';
import type { Resource } from '../client/views';
import { labelOf, type Noun } from '../nouns/noun';

const MOST = 200;
const HEX = /^[0-9a-f-]{4,}$/;

/** Names that begin so; ids only where that is what is typed. None when the platform does not answer. */
export async function namesFor(api: Api, noun: Noun<Resource>, beginning: string): Promise<string[]> {
  try {
    const { items } = await listed((page) => noun.list(api, page), MOST, '');
    const names = items.map((view) => labelOf(noun, view));
    const unique = new Set(names.filter((name) => name.startsWith(beginning)));
    const ids = HEX.test(beginning) ? items.map(({ id }) => id).filter((id) => id.startsWith(beginning)) : [];
    return [...unique, ...ids];
  } catch {
    return [];
  }
}
