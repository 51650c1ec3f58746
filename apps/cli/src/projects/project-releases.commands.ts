/** What of a project is served. */
import { Argument, type Command } from 'commander';
import type { Schemas } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { wholeNumber } from '../commands/parsers';
import type { Context } from '../context';
import { bytes, second } from '../nouns/columns';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { projects } from './projects.noun';

type Release = Schemas['ProjectReleaseView'];

interface Logs {
  lines?: number;
  program?: boolean;
}

const COLUMNS: readonly Column<Release>[] = [
  column<Release>('RELEASE', ({ number }) => number),
  column<Release>('STATE', ({ state }) => state, { whole: true, isState: true }),
  column<Release>('FILES', ({ files }) => files, { align: 'right' }),
  column<Release>('SIZE', (release) => bytes(release.bytes), { align: 'right' }),
  column<Release>('BY', ({ publishedBy }) => publishedBy),
  column<Release>('MADE', ({ createdAt }) => second(createdAt), { whole: true }),
];

export function addProjectReleases(cli: Cli, parent: Command): void {
  parent
    .command('publish')
    .description('Publish what is uploaded.')
    .addArgument(naming(projects))
    .action(cli.action<[string]>(publish));
  parent
    .command('releases')
    .description('List the releases that are kept, newest first.')
    .addArgument(naming(projects))
    .action(cli.action<[string]>(list));
  parent
    .command('rollback')
    .description('Serve an earlier release again.')
    .addArgument(naming(projects))
    .addArgument(new Argument('[release]', 'its number; default: the one before').argParser(wholeNumber(1)))
    .action(cli.action<[string, number?]>(rollBack));
  parent
    .command('logs')
    .description('Show the last requests of a site’s visitors, or what its program wrote.')
    .addArgument(naming(projects))
    .option('--lines <n>', 'how many; default: 100', wholeNumber(1))
    .option('--program', 'what its program wrote to standard output and error')
    .action(cli.action<[string], Logs>(logs));
}

async function publish(ctx: Context, text: string): Promise<void> {
  const params = { path: { id: await idOf(ctx, projects, text) }, ...ctx.creation };
  const made = await ctx.body(ctx.api.POST('/hosting/projects/{id}/releases', { params, body: {} }));
  ctx.out.done(`Release ${made.number} of ${text} is being made.`, made);
}

async function list(ctx: Context, text: string): Promise<void> {
  const params = { path: { id: await idOf(ctx, projects, text) } };
  const releases = await ctx.body(ctx.api.GET('/hosting/projects/{id}/releases', { params }));
  ctx.out.rows(COLUMNS, releases, 'Nothing is published yet.');
}

async function rollBack(ctx: Context, text: string, release?: number): Promise<void> {
  const params = { path: { id: await idOf(ctx, projects, text) }, ...ctx.creation };
  const body = { release };
  const view = await ctx.body(ctx.api.POST('/hosting/projects/{id}/rollbacks', { params, body }));
  await finish(ctx, projects, view);
}

async function logs(ctx: Context<Logs>, text: string): Promise<void> {
  const { lines, program } = ctx.options;
  const query = { lines, ...(program && { log: 'program' }) };
  const params = { path: { id: await idOf(ctx, projects, text) }, query };
  const view = await ctx.body(ctx.api.GET('/hosting/projects/{id}/logs', { params }));
  if (ctx.out.json) ctx.out.document(view);
  else ctx.out.lines(view.text);
}
