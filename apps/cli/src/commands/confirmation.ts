import type { Command } from 'commander';
import type { Resource } from '../client/views';
import type { Context } from '../context';
import { failed } from '../errors';
import { titleOf, type RemovableNoun } from '../nouns/noun';
import { idOf } from '../resolve/resolve';
import type { Cli } from './cli';
import { remove } from './finish';
import { addRemove } from './standard';

export interface Confirmed {
  yes?: boolean;
}

/** `rm` of what takes `more` with it: a person is asked first. */
export function addGreatRemove<V extends Resource>(
  cli: Cli,
  parent: Command,
  noun: RemovableNoun<V>,
  more: string,
): Command {
  return addRemove(cli, parent, noun)
    .description(`Remove a ${noun.word} with ${more}, and wait until it is gone.`)
    .option('-y, --yes', 'do not ask; nothing is asked where no terminal is either')
    .action(
      cli.action<[string], Confirmed>(async (ctx, text) => {
        const id = await idOf(ctx, noun, text);
        if (asks(ctx)) await confirm(ctx, titleOf(noun, await ctx.body(noun.get(ctx.api, id))), more);
        await remove(ctx, noun, id);
      }),
    );
}

const asks = ({ asker, options }: Context<Confirmed>): boolean =>
  asker.isTerminal && !options.yes && !options.dryRun;

async function confirm({ asker }: Context, what: string, more: string): Promise<void> {
  const answer = await asker.answer(`Remove ${what} with ${more}? There is no way back. [y/N] `);
  if (/^y(es)?$/i.test(answer?.trim() ?? '')) return;
  throw failed('Nothing was removed.', { code: 'not_confirmed' });
}
