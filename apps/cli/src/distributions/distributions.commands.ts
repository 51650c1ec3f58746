import { Option, type Command } from 'commander';
import type { Schemas } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { addGreatRemove } from '../commands/confirmation';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { wholeNumber, type Weight } from '../commands/parsers';
import { addList, addShow } from '../commands/standard';
import type { Context } from '../context';
import { usage } from '../errors';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { addDistributionCreation, weightOption } from './distribution-creation.commands';
import { addDistributionCsv } from './distribution-csv.commands';
import { distributions, type Distribution } from './distributions.noun';
import { addFetch } from './fetch.commands';
import { addReleaseCommands } from './releases.commands';
import { addSigningKeyCommands } from './signing-keys.commands';
import { addTraffic } from './traffic.commands';

type Instance = Schemas['CdnInstanceView'];

interface Changes extends Labelled {
  name?: string;
  locations?: string[];
  weight?: Weight[];
  keep?: number;
  follow?: boolean;
}

interface Purge {
  all?: boolean;
  prefix?: string;
  path?: string;
}

const instances: readonly Column<Instance>[] = [
  column<Instance>('ROLE', ({ role }) => role, { whole: true }),
  column<Instance>('LOCATION', ({ location }) => location, { whole: true }),
  column<Instance>('STATE', ({ state }) => state, { whole: true, isState: true }),
  column<Instance>('ADDRESS', ({ address }) => address, { whole: true }),
  column<Instance>('RELEASE', ({ release }) => release, { align: 'right' }),
  column<Instance>('URL', ({ url }) => url, { whole: true }),
  column<Instance>('REASON', ({ stateReason }) => stateReason),
];

export function addDistributionCommands(cli: Cli, program: Command): void {
  const parent = program
    .command('cdn')
    .description('Distributions: content that is served at locations, from edges of its own.');
  addList(cli, parent, distributions);
  addDistributionCreation(cli, parent);
  addShow(cli, parent, distributions).action(cli.action<[string]>(show));
  addUpdate(cli, parent);
  addReleaseCommands(cli, parent);
  addPurge(cli, parent);
  addSigningKeyCommands(cli, parent);
  addTraffic(cli, parent);
  addFetch(cli, parent);
  addDistributionCsv(cli, parent);
  addGreatRemove(cli, parent, distributions, 'its network, edges and releases');
}

function addUpdate(cli: Cli, parent: Command): void {
  parent
    .command('update')
    .description('Change a distribution: locations, name, how many releases are kept, metadata.')
    .addArgument(naming(distributions, '<distribution>'))
    .option('--locations <location...>', 'where edges shall be: all of them')
    .addOption(nameOption('its new name'))
    .addOption(weightOption())
    .option('--keep <n>', 'releases that are kept, at most 20', wholeNumber(1))
    .option('--follow', 'publish the next releases of its project by themselves')
    .option('--no-follow', 'do not')
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
}

function addPurge(cli: Cli, parent: Command): void {
  const other = (flags: string, description: string, conflicts: string[]): Option =>
    new Option(flags, description).conflicts(conflicts);
  parent
    .command('purge')
    .description('Let edges fetch anew from the origin.')
    .addArgument(naming(distributions, '<distribution>'))
    .addOption(other('--all', 'everything', ['prefix', 'path']))
    .addOption(other('--prefix <prefix>', 'what begins so: /img/', ['all', 'path']))
    .addOption(other('--path <path>', 'this alone: /img/logo.png', ['all', 'prefix']))
    .action(cli.action<[string], Purge>(purge));
}

async function show(ctx: Context, text: string): Promise<void> {
  const id = await idOf(ctx, distributions, text);
  const view = await ctx.body(distributions.get(ctx.api, id));
  if (ctx.out.json) return ctx.out.document(view);
  const { instances: all, weights, project, ...rest } = view;
  const shown = { project: projectOf(project), weights: weights.map(weightOf) };
  ctx.out.view({ ...rest, ...shown });
  ctx.out.lines('');
  ctx.out.rows(instances, all, 'It has no instances yet.');
}

const weightOf = ({ location, weight }: Schemas['LocationWeight']): string => `${location}=${weight}`;

/** `shop, release 3, followed`. */
function projectOf(project: Distribution['project']): string | null {
  if (!project) return null;
  const how = project.gone ? 'gone' : project.follow ? 'followed' : 'not followed';
  return `${project.name}, release ${project.release}, ${how}`;
}

async function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, locations, weight: weights, keep: keepReleases, follow, metadata } = ctx.options;
  const params = { path: { id: await idOf(ctx, distributions, text) }, query: ctx.change };
  const body = { name, locations, weights, keepReleases, follow, metadata };
  await finish(ctx, distributions, await ctx.body(ctx.api.PUT('/cdn/distributions/{id}', { params, body })));
}

async function purge(ctx: Context<Purge>, text: string): Promise<void> {
  const body = purgeOf(ctx.options);
  const params = { path: { id: await idOf(ctx, distributions, text) }, ...ctx.creation };
  const view = await ctx.body(ctx.api.POST('/cdn/distributions/{id}/purges', { params, body }));
  await finish(ctx, distributions, view);
}

function purgeOf({ all, prefix, path }: Purge): Schemas['PurgeDistribution'] {
  if (all) return { kind: 'all' };
  if (prefix !== undefined) return { kind: 'prefix', path: prefix };
  if (path !== undefined) return { kind: 'path', path };
  throw usage('Say what: --all, --prefix or --path.');
}
