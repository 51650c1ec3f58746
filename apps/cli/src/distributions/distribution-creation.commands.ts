import { Argument, Option, type Command } from 'commander';
import type { Schemas } from '../client/views';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { weights, wholeNumber, type Weight } from '../commands/parsers';
import type { Context } from '../context';
import { usage } from '../errors';
import { contentAt, sendForm, type Content } from './archive';
import { distributions, type Distribution } from './distributions.noun';

type Body = Schemas['CreateDistribution'];

interface Addition extends Labelled {
  name?: string;
  origin?: string;
  project?: string;
  follow?: boolean;
  onServer?: boolean;
  runtime?: Body['runtime'];
  weight?: Weight[];
  keep?: number;
}

export const weightOption = (): Option =>
  new Option(
    '--weight <location=n>',
    'its share of those who name no location, 0 to 1000; others weigh 1; may be given several times',
  ).argParser(weights);

export const ARCHIVE = 'tar, tar.gz or zip: a file of yours, or a URL';

/** `cdn add <archive> <subnet> <location...>`; with a project or an origin there is no archive. */
export function addDistributionCreation(cli: Cli, parent: Command): void {
  parent
    .command('add')
    .description('Publish an archive, a project, or what an origin serves, at locations.')
    .addArgument(new Argument('<archive>', `${ARCHIVE}; not with --project or --origin`))
    .addArgument(new Argument('<subnet>', 'the network of its instances: 190.0.0.0/24'))
    .addArgument(new Argument('[location...]', 'where edges shall be: one at least'))
    .addOption(nameOption('its name; default: made from the Customer ID'))
    .option('--origin <url>', 'instead of an archive: where edges fetch what they are asked for')
    .addOption(
      new Option('--project <project>', 'instead of an archive: a project of files, by name or id').conflicts(
        'origin',
      ),
    )
    .option('--follow', 'with --project: publish its next releases as well')
    .option('--on-server', 'the archive is a path on the platform’s machine that its operator allows')
    .addOption(
      new Option('--runtime <runtime>', 'what its instances are; default: container').choices([
        'container',
        'vm',
      ]),
    )
    .addOption(weightOption())
    .option('--keep <n>', 'releases that are kept, at most 20; default: 5', wholeNumber(1))
    .addOption(labelOption())
    .action(cli.action<[string, string, string[]], Addition>(add));
}

async function add(ctx: Context<Addition>, first: string, second: string, rest: string[]): Promise<void> {
  const { name, origin, project, follow, runtime, keep: keepReleases, metadata, weight } = ctx.options;
  const isSent = (origin ?? project) === undefined;
  const words = isSent ? [second, ...rest] : [first, second, ...rest];
  const [subnet = '', ...locations] = words;
  if (locations.length === 0) throw usage('Name one location at least, after the subnet.');
  const content = isSent ? await contentAt(first, ctx.options) : {};
  const body = {
    ...{ name, origin, project, follow, subnet, locations, weights: weight, runtime, keepReleases, metadata },
  };
  await finish(ctx, distributions, await made(ctx, body, content));
}

function made(ctx: Context, document: Body, content: Content): Promise<Distribution> {
  const { source, srcdata } = content;
  const send = (form: object = {}): Promise<Distribution> =>
    ctx.body(
      ctx.api.POST('/cdn/distributions', { params: ctx.creation, body: { ...document, srcdata }, ...form }),
    );
  return source ? sendForm(ctx, { source, document }, send) : send();
}
