import { Argument, type Command } from 'commander';
import type { Fetched } from '../client/answers';
import type { Schemas } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish, tried } from '../commands/finish';
import { wholeNumber } from '../commands/parsers';
import type { Context } from '../context';
import { notFound } from '../errors';
import { bytes, minute } from '../nouns/columns';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { assertWell, settled } from '../settle';
import { contentAt, sendForm, type Content } from './archive';
import { ARCHIVE } from './distribution-creation.commands';
import { distributions } from './distributions.noun';

type Release = Schemas['ReleaseView'];

interface Publication {
  onServer?: boolean;
}

const columns: readonly Column<Release>[] = [
  column<Release>('RELEASE', ({ number }) => number, { align: 'right', whole: true }),
  column<Release>('STATE', ({ state }) => state, { whole: true, isState: true }),
  column<Release>('FILES', ({ files }) => files, { align: 'right' }),
  column<Release>('SIZE', (release) => bytes(release.bytes), { align: 'right', whole: true }),
  column<Release>('SHIPPED', ({ shippedBytes }) => bytes(shippedBytes), { align: 'right', whole: true }),
  column<Release>('CREATED', ({ createdAt }) => minute(createdAt), { whole: true }),
  column<Release>('MANIFEST', ({ manifest }) => manifest),
  column<Release>('REASON', ({ stateReason }) => stateReason),
];

export function addReleaseCommands(cli: Cli, parent: Command): void {
  parent
    .command('release')
    .description('Publish new content: edges are sent what they lack, then all turn to it.')
    .addArgument(naming(distributions, '<distribution>'))
    .addArgument(new Argument('<archive>', ARCHIVE))
    .option('--on-server', 'the archive is a path on the platform’s machine that its operator allows')
    .action(cli.action<[string, string], Publication>(publish));
  parent
    .command('releases')
    .description('List the releases that are kept, newest first.')
    .addArgument(naming(distributions, '<distribution>'))
    .action(cli.action<[string]>(list));
  parent
    .command('rollback')
    .description('Serve an earlier release again.')
    .addArgument(naming(distributions, '<distribution>'))
    .addArgument(new Argument('[release]', 'its number; default: the one before').argParser(wholeNumber(1)))
    .action(cli.action<[string, number?]>(rollBack));
}

async function publish(ctx: Context<Publication>, text: string, archive: string): Promise<void> {
  const content = await contentAt(archive, ctx.options);
  const id = await idOf(ctx, distributions, text);
  const release = await made(ctx, id, content);
  const what = `Release ${release.number} of ${text}`;
  if (ctx.options.dryRun) return tried(ctx, what, release);
  const newest = ctx.options.wait ? await served(ctx, what, release) : release;
  const more = ctx.options.wait ? '' : '; the work goes on';
  ctx.out.done(`${what} is ${newest.state}${more}.`, newest);
}

function made(ctx: Context, id: string, { source, srcdata }: Content): Promise<Release> {
  const params = { path: { id }, ...ctx.creation };
  const send = (form: object = {}): Promise<Release> =>
    ctx.body(ctx.api.POST('/cdn/distributions/{id}/releases', { params, body: { srcdata }, ...form }));
  return source ? sendForm(ctx, { source, document: {} }, send) : send();
}

/** A release as something that is waited for: under way until its content is there and all instances have turned. */
interface Turning {
  id: string;
  name: string;
  state: string;
  stateReason: string | null;
  release: Release;
}

/** Waits until it is served. Throws when it failed, or when newer ones have pushed it out. */
async function served(ctx: Context, what: string, release: Release): Promise<Release> {
  const { id, distributionId } = release;
  const first: Turning = { id, name: what, state: 'updating', stateReason: null, release };
  const look = `nubo cdn releases ${distributionId}`;
  const last = await settled(first, { what, look, again: () => turning(ctx, first) }, ctx);
  if (!last) throw notFound(`${what} is not kept any more.`, { hint: `Look: ${look}` });
  if (last.state === 'error' && ctx.out.json) ctx.out.document(last.release);
  assertWell(last, what);
  return last.release;
}

async function turning({ api }: Context, known: Turning): Promise<Fetched<Turning>> {
  const { id, distributionId } = known.release;
  // First, so that a release that turned up ready in between is looked at again.
  const distribution = await distributions.get(api, distributionId);
  if (!distribution.data) return { response: distribution.response, error: distribution.error };
  const params = { path: { id: distributionId } };
  const all = await api.GET('/cdn/distributions/{id}/releases', { params });
  if (!all.data) return { response: all.response, error: all.error };
  const release = all.data.find((one) => one.id === id);
  if (!release) return { response: new Response(null, { status: 404 }) };
  const { response } = all;
  if (release.state === 'error')
    return { response, data: { ...known, state: 'error', stateReason: release.stateReason, release } };
  const { state, stateReason } = distribution.data;
  const isWaiting = release.state === 'waiting' && state !== 'deleting';
  return { response, data: { ...known, state: isWaiting ? 'updating' : state, stateReason, release } };
}

async function list(ctx: Context, text: string): Promise<void> {
  const params = { path: { id: await idOf(ctx, distributions, text) } };
  const releases = await ctx.body(ctx.api.GET('/cdn/distributions/{id}/releases', { params }));
  ctx.out.rows(columns, releases, 'It has no releases: it fetches from its origin.');
}

async function rollBack(ctx: Context, text: string, release?: number): Promise<void> {
  const params = { path: { id: await idOf(ctx, distributions, text) }, ...ctx.creation };
  const body = { release };
  const view = await ctx.body(ctx.api.POST('/cdn/distributions/{id}/rollbacks', { params, body }));
  await finish(ctx, distributions, view);
}
