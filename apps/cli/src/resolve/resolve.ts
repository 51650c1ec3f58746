import { listed } from '../client/pages';
import type { Resource } from '../client/views';
import type { Context } from '../context';
import { notFound, usage, type CliError } from '../errors';
import { labelOf, type Noun } from '../nouns/noun';
import { safeText } from '../output/safe-text';
import { isWholeId, queriesFor } from './reference.rules';

const MOST_CANDIDATES = 10;

/**
 * The id of the thing that `text` names. A whole id is taken as it is: whether it is there, the platform says. Throws
 * `notFound`, or `usage` with the candidates when it fits several.
 */
export async function idOf<V extends Resource>(ctx: Context, noun: Noun<V>, text: string): Promise<string> {
  if (isWholeId(text)) return text;
  const { api } = ctx;
  for (const query of queriesFor(text, noun.namedBy)) {
    const { items } = await listed((page) => noun.list(api, page), MOST_CANDIDATES, query);
    if (items.length === 1) return items[0].id;
    if (items.length > 1) throw ambiguous(noun, text, items);
  }
  throw notFound(`There is no ${noun.word} ${safeText(text)}.`, { hint: `See: nubo ${noun.command} ls` });
}

function ambiguous<V extends Resource>(noun: Noun<V>, text: string, candidates: readonly V[]): CliError {
  const shown = candidates.map((view) => `${labelOf(noun, view)} ${view.id}`).join(', ');
  const more = candidates.length === MOST_CANDIDATES ? ' and more' : '';
  return usage(`${text} fits several: ${shown}${more}.`, { code: 'ambiguous', hint: 'Give more of the id.' });
}
