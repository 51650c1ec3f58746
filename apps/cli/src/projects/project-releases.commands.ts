/** What of a project is served. */
import { Argument, type Command } from 'commander';
import type { Schemas } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { wholeNumber } from '../commands/parsers';
import type { Context } from '../context';
import { failed } from '../errors';
import { bytes, second } from '../nouns/columns';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { assertWell, settled } from '../settle';
import { projects } from './projects.noun';

type Release = Schemas['ProjectReleaseView'];

interface Logs {
  lines?: number;
  program?: boolean;
}

const UNDER_WAY = 'updating';

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
    .description('Publish what is uploaded, and wait until visitors get it.')
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
  if (ctx.options.dryRun) return ctx.out.done(`Nothing is in the way (nothing was changed).`, made);
  if (!ctx.options.wait) return ctx.out.done(`Release ${made.number} of ${text} is being made.`, made);
  await served(ctx, made);
  const release = (await releaseOf(ctx, made)) ?? made;
  if (release.state === 'error')
    throw failed(`Release ${release.number} of ${text} was not made: ${release.stateReason}`);
  ctx.out.done(`Release ${release.number} of ${text} is ${release.state}.`, release);
}

/** Until the release is made, and its project serves what it shall. Throws when it ends otherwise. */
async function served(ctx: Context, made: Release): Promise<void> {
  const params = { path: { id: made.projectId } };
  const again = async () => {
    const project = await ctx.api.GET('/hosting/projects/{id}', { params });
    const isMade = (await releaseOf(ctx, made))?.state !== 'waiting';
    return isMade || !project.data ? project : { ...project, data: { ...project.data, state: UNDER_WAY } };
  };
  const first = await ctx.body(again());
  const look = `nubo project releases ${first.name}`;
  const newest = await settled(first, { what: `project ${first.name}`, look, again }, ctx);
  if (newest) assertWell(newest, `project ${first.name}`);
}

const releaseOf = async (ctx: Context, { projectId, number }: Release): Promise<Release | undefined> => {
  const params = { path: { id: projectId } };
  const releases = await ctx.body(ctx.api.GET('/hosting/projects/{id}/releases', { params }));
  return releases.find((each) => each.number === number);
};

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
  else if (view.text === '')
    ctx.out.note(program ? 'Its program has written nothing yet.' : 'Nobody has visited it yet.');
  else ctx.out.lines(view.text);
}
