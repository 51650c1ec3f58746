import type { Command } from 'commander';
import type { Resource } from '../client/views';
import type { Noun, RemovableNoun } from '../nouns/noun';
import { idOf } from '../resolve/resolve';
import { naming } from './arguments';
import type { Cli } from './cli';
import { remove } from './finish';
import { showList, type ListOptions } from './listing';
import { wholeNumber } from './parsers';

const MOST = 1_000;
const EXAMPLE = 'e.g. name=web* state=running metadata.team=blue';

/** The query and the limit of a list. */
export const addListOptions = (list: Command, example: string, most: number): Command =>
  list
    .argument('[query...]', `only what matches, ${example}`)
    .option('--limit <n>', 'how many at most', wholeNumber(1), most);

/** `ls`, also as `list`. */
export function addList<V extends Resource>(cli: Cli, parent: Command, noun: Noun<V>): Command {
  const list = parent
    .command('ls')
    .alias('list')
    .summary(`list ${noun.word}s`)
    .description(`List the ${noun.word}s that you may see.`);
  return addListOptions(list, EXAMPLE, MOST).action(
    cli.action<[string[]], ListOptions>(async (ctx, words) => {
      const { api } = ctx;
      await showList(ctx, {
        columns: noun.columns,
        query: words.join(' '),
        nothing: `There are no such ${noun.word}s.`,
        page: (query) => noun.list(api, query),
      });
    }),
  );
}

/** `show`: all that is known of one. */
export function addShow<V extends Resource>(cli: Cli, parent: Command, noun: Noun<V>): Command {
  return parent
    .command('show')
    .summary(`show all of one ${noun.word}`)
    .description(`Show all that is known of one ${noun.word}.`)
    .addArgument(naming(noun))
    .action(
      cli.action<[string]>(async (ctx, text) => {
        const id = await idOf(ctx, noun, text);
        ctx.out.view(await ctx.body(noun.get(ctx.api, id)));
      }),
    );
}

/** `rm`, also as `remove`. */
export function addRemove<V extends Resource>(cli: Cli, parent: Command, noun: RemovableNoun<V>): Command {
  return parent
    .command('rm')
    .alias('remove')
    .summary(`remove a ${noun.word}`)
    .description(`Remove a ${noun.word}, and wait until it is gone.`)
    .addArgument(naming(noun))
    .action(cli.action<[string]>((ctx, text) => remove(ctx, noun, text)));
}
