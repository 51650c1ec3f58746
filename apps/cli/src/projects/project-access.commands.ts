/** What opens a project's files. */
import { Argument, type Command } from 'commander';
import type { Schemas } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { contentOf } from '../commands/files';
import { conclude, tried } from '../commands/finish';
import type { Context } from '../context';
import { notFound } from '../errors';
import { minute } from '../nouns/columns';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { projects } from './projects.noun';

type Key = Schemas['SshKeyView'];

const COLUMNS: readonly Column<Key>[] = [
  column<Key>('ID', ({ id }) => id, { whole: true }),
  column<Key>('TYPE', ({ type }) => type),
  column<Key>('FINGERPRINT', ({ fingerprint }) => fingerprint, { whole: true }),
  column<Key>('COMMENT', ({ comment }) => comment),
  column<Key>('ADDED', ({ createdAt }) => minute(createdAt), { whole: true }),
];

export function addProjectAccess(cli: Cli, parent: Command): void {
  parent
    .command('password')
    .description('Make a new password for SFTP, and show it this once. The one before opens nothing more.')
    .addArgument(naming(projects))
    .action(cli.action<[string]>(resetPassword));
  parent
    .command('keys')
    .description('List the SSH keys that open a project’s files.')
    .addArgument(naming(projects))
    .action(cli.action<[string]>(listKeys));
  parent
    .command('add-key')
    .description('Let an SSH key open a project’s files.')
    .addArgument(naming(projects))
    .addArgument(new Argument('<file>', 'the public key, like ~/.ssh/id_ed25519.pub'))
    .action(cli.action<[string, string]>(addKey));
  parent
    .command('rm-key')
    .description('Let an SSH key open a project’s files no more.')
    .addArgument(naming(projects))
    .addArgument(new Argument('<key>', 'its fingerprint or id'))
    .action(cli.action<[string, string]>(removeKey));
}

async function resetPassword(ctx: Context, text: string): Promise<void> {
  const params = { path: { id: await idOf(ctx, projects, text) }, ...ctx.creation };
  const fresh = await ctx.body(ctx.api.POST('/hosting/projects/{id}/passwords', { params, body: {} }));
  if (ctx.options.dryRun) return tried(ctx, `A new password of ${text}`, { login: fresh.login });
  ctx.out.done(`Login ${fresh.login}, password ${fresh.password ?? 'not shown'} (shown this once)`, fresh);
}

async function listKeys(ctx: Context, text: string): Promise<void> {
  const nothing = 'No SSH key opens its files.';
  ctx.out.rows(COLUMNS, await keysOf(ctx, await idOf(ctx, projects, text)), nothing);
}

async function addKey(ctx: Context, text: string, file: string): Promise<void> {
  const params = { path: { id: await idOf(ctx, projects, text) }, ...ctx.creation };
  const body = { key: contentOf(file).trim() };
  const added = await ctx.body(ctx.api.POST('/hosting/projects/{id}/ssh-keys', { params, body }));
  conclude(ctx, `Key ${added.fingerprint}`, `${added.fingerprint} opens the files of ${text}.`, added);
}

async function removeKey(ctx: Context, text: string, wanted: string): Promise<void> {
  const id = await idOf(ctx, projects, text);
  const key = (await keysOf(ctx, id)).find((each) => [each.id, each.fingerprint].includes(wanted));
  if (!key) throw notFound(`${text} has no key ${wanted}.`);
  const params = { path: { id, keyId: key.id }, query: ctx.change };
  await ctx.body(ctx.api.DELETE('/hosting/projects/{id}/ssh-keys/{keyId}', { params }));
  const sentence = `${key.fingerprint} opens the files of ${text} no more.`;
  conclude(ctx, `Key ${key.fingerprint}`, sentence, key);
}

const keysOf = (ctx: Context, id: string): Promise<Key[]> =>
  ctx.body(ctx.api.GET('/hosting/projects/{id}/ssh-keys', { params: { path: { id } } }));
