import { Argument, Option, type Command } from 'commander';
import type { Resource } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { conclude } from '../commands/finish';
import type { Context } from '../context';
import { notFound } from '../errors';
import type { Noun } from '../nouns/noun';
import { idOf } from '../resolve/resolve';
import { shareColumns, type NewShare, type Shares } from './shares';

type Granting = Pick<NewShare, 'grant'>;

const USER = 'a user’s id or exact e-mail address';

/** `shares`, `share` and `unshare` of a noun. */
export function addShares<V extends Resource>(
  cli: Cli,
  parent: Command,
  noun: Noun<V>,
  shares: Shares,
): void {
  parent
    .command('shares')
    .description(`List who may use a ${noun.word}.`)
    .addArgument(naming(noun))
    .action(cli.action<[string]>((ctx, text) => list(ctx, noun, shares, text)));
  parent
    .command('share')
    .description(`Share a ${noun.word} with a user.`)
    .addArgument(naming(noun))
    .addArgument(new Argument('<user>', USER))
    .addOption(
      new Option(
        '--grant <grant>',
        'use: see, start, stop, make from; manage: also change, remove, share',
      ).choices(['use', 'manage']),
    )
    .action(
      cli.action<[string, string], Granting>(async (ctx, text, user) => {
        const id = await idOf(ctx, noun, text);
        const { grant } = ctx.options;
        const body = { user, ...(grant && { grant }) };
        const share = await ctx.body(shares.add(ctx.api, id, body, ctx.change));
        const sentence = `${share.email} may ${share.grant} ${noun.word} ${text}.`;
        conclude(ctx, `A share of ${noun.word} ${text} with ${share.email}`, sentence, share);
      }),
    );
  parent
    .command('unshare')
    .description(`Take a share of a ${noun.word} away.`)
    .addArgument(naming(noun))
    .addArgument(new Argument('<user>', USER))
    .action(
      cli.action<[string, string]>(async (ctx, text, user) => {
        const id = await idOf(ctx, noun, text);
        const share = await shareWith(ctx, shares, id, user);
        await ctx.body(shares.remove(ctx.api, id, share.userId, ctx.change));
        const sentence = `${noun.word} ${text} is not shared with ${share.email} any more.`;
        conclude(ctx, `The end of the share with ${share.email}`, sentence, share);
      }),
    );
}

async function list<V extends Resource>(
  ctx: Context,
  noun: Noun<V>,
  shares: Shares,
  text: string,
): Promise<void> {
  const id = await idOf(ctx, noun, text);
  const rows = await ctx.body(shares.list(ctx.api, id));
  ctx.out.rows(shareColumns, rows, `${noun.word} ${text} is shared with nobody.`);
}

/** Only ids are taken back by the platform; people know each other by address. */
async function shareWith(ctx: Context, shares: Shares, id: string, user: string) {
  const rows = await ctx.body(shares.list(ctx.api, id));
  const wanted = user.toLowerCase();
  const share = rows.find(({ userId, email }) => userId === wanted || email.toLowerCase() === wanted);
  if (share) return share;
  throw notFound(`It is not shared with ${user}.`);
}
