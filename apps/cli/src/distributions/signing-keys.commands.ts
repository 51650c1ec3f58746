import { Argument, type Command } from 'commander';
import type { Schemas } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { tried } from '../commands/finish';
import type { Context } from '../context';
import { titleOf } from '../nouns/noun';
import { idOf } from '../resolve/resolve';
import { assertWell, settled } from '../settle';
import { distributions } from './distributions.noun';

type Key = Schemas['SigningKeyView'];

export function addSigningKeyCommands(cli: Cli, parent: Command): void {
  const keys = parent
    .command('key')
    .description('Keys: from the first one on, what is fetched must be signed with one of two.');
  keys
    .command('add')
    .description('Add a key (HMAC-SHA256), and show its secret this once.')
    .addArgument(naming(distributions, '<distribution>'))
    .action(cli.action<[string]>(add));
  keys
    .command('rm')
    .alias('remove')
    .description('Remove a key: what it signed opens nothing more.')
    .addArgument(naming(distributions, '<distribution>'))
    .addArgument(new Argument('<key>', 'its id'))
    .action(cli.action<[string, string]>(remove));
}

async function add(ctx: Context, text: string): Promise<void> {
  const id = await idOf(ctx, distributions, text);
  const params = { path: { id }, ...ctx.creation };
  const key: Key = await ctx.body(ctx.api.POST('/cdn/distributions/{id}/keys', { params, body: {} }));
  if (ctx.options.dryRun) return tried(ctx, `A key for ${text}`, { id });
  // The secret comes once: it is shown before anything can go wrong.
  ctx.out.done(`Key ${key.id}, secret ${key.secret ?? 'not shown'} (shown this once)`, key);
  await turned(ctx, id);
}

async function remove(ctx: Context, text: string, keyId: string): Promise<void> {
  const id = await idOf(ctx, distributions, text);
  const params = { path: { id, keyId }, query: ctx.change };
  await ctx.body(ctx.api.DELETE('/cdn/distributions/{id}/keys/{keyId}', { params }));
  if (ctx.options.dryRun) return tried(ctx, `Key ${keyId}`, { id: keyId });
  await turned(ctx, id);
  ctx.out.done(`Key ${keyId} is gone.`, { id: keyId, state: 'gone' });
}

/** Waits, unless told not to, until all instances know the keys. */
async function turned(ctx: Context, id: string): Promise<void> {
  if (!ctx.options.wait) return;
  const again = () => distributions.get(ctx.api, id);
  const view = await ctx.body(again());
  const what = titleOf(distributions, view);
  const newest = await settled(view, { what, look: `nubo cdn show ${view.name}`, again }, ctx);
  if (newest) assertWell(newest, what);
}
