import type { Api } from '../client/api';
import { listed } from '../client/pages';
import type { Resource } from '../client/views';
import { labelOf, type Noun } from '../nouns/noun';

const MOST = 200;
/** What stays one word in every shell: bash puts it on the line as it is, and runs it. */
const NAME = /^[\w.@+-]+$/;
const HEX = /^[0-9a-f-]{4,}$/;

/** Names that begin so; ids only where that is what is typed. None when the platform does not answer. */
export async function namesFor(api: Api, noun: Noun<Resource>, beginning: string): Promise<string[]> {
  try {
    const found = async (query: string): Promise<Resource[]> =>
      (await listed((page) => noun.list(api, page), MOST, query)).items;
    const named = await found(NAME.test(beginning) ? `${noun.namedBy}=${beginning}*` : '');
    const ids = HEX.test(beginning) ? (await found(`id=${beginning}*`)).map(({ id }) => id) : [];
    return [...new Set(named.map((view) => labelOf(noun, view)).filter((name) => NAME.test(name))), ...ids];
  } catch {
    return [];
  }
}
