import { Argument, Option, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { contentOf } from '../commands/files';
import { finish } from '../commands/finish';
import { labelOption, type Labelled } from '../commands/options';
import { labels, mebibytes, wholeNumber } from '../commands/parsers';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { addShares } from '../shares/shares.commands';
import { addProjectAccess } from './project-access.commands';
import { addProjectDomains } from './project-domains.commands';
import { addProjectReleases } from './project-releases.commands';
import { projectShares } from './project-shares';
import { projects } from './projects.noun';

interface Settings extends Labelled {
  publish?: 'quiet' | 'file' | 'manual';
  quiet?: number;
  keep?: number;
  template?: 'static' | 'php' | 'node' | 'python';
  templateVersion?: string;
  runner?: 'nubo' | 'kubernetes';
  replicas?: number;
  memory?: number;
  healthPath?: string;
  env?: Record<string, string>;
  secretsFrom?: string;
}

export function addProjectCommands(cli: Cli, program: Command): void {
  const parent = program
    .command('project')
    .description('Projects: sites with a name in DNS, whose files are uploaded over SFTP.');
  addList(cli, parent, projects);
  const add = parent
    .command('add')
    .description('Make a project, and show the password of its SFTP login this once.')
    .addArgument(new Argument('<name>', 'its name in DNS'));
  add.addOption(
    new Option('--template <template>', 'what kind of site it is; default: static').choices([
      'static',
      'php',
      'node',
      'python',
    ]),
  );
  add.addOption(
    new Option('--runner <runner>', 'what runs its program; default: as the operator says').choices([
      'nubo',
      'kubernetes',
    ]),
  );
  withSettings(add).action(cli.action<[string], Settings>(make));
  addShow(cli, parent, projects);
  const update = parent
    .command('update')
    .description('Change how a project is run or published, or its metadata.')
    .addArgument(naming(projects));
  withSettings(update).action(cli.action<[string], Settings>(change));
  addRemove(cli, parent, projects);
  addProjectReleases(cli, parent);
  addProjectDomains(cli, parent);
  addProjectAccess(cli, parent);
  addShares(cli, parent, projects, projectShares);
}

const withSettings = (command: Command): Command =>
  command
    .addOption(
      new Option('--publish <when>', 'when uploads are published by themselves; default: quiet').choices([
        'quiet',
        'file',
        'manual',
      ]),
    )
    .option('--quiet <seconds>', 'how long nothing must be written; default: 3', wholeNumber(1))
    .option('--keep <n>', 'how many releases are kept; default: 5', wholeNumber(1))
    .option('--template-version <version>', 'of its language')
    .option('--replicas <n>', 'containers that share its visitors; default: 1', wholeNumber(1))
    .option('--memory <size>', 'of one replica: MiB, or 512M, 2G; default: 128', mebibytes)
    .option('--health-path <path>', 'what is asked for to learn whether its program answers; default: /')
    .addOption(new Option('--env <name=value>', 'a variable; may be given several times').argParser(labels))
    .option('--secrets-from <file>', 'variables that nobody is shown again, as lines NAME=value; - is stdin')
    .addOption(labelOption());

/** Secrets are in no argument list. */
function secretsIn(file?: string): Record<string, string> | undefined {
  if (file === undefined) return undefined;
  const lines = contentOf(file === '-' ? '/dev/stdin' : file).split('\n');
  const said = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return said.reduce<Record<string, string>>((known, line) => labels(line, known), {});
}

const programOf = ({ templateVersion, replicas, memory, healthPath, env, secretsFrom }: Settings) => ({
  ...{ templateVersion, replicas, memory, healthPath, env },
  secrets: secretsIn(secretsFrom),
});

const bodyOf = (settings: Settings) => ({
  ...programOf(settings),
  autoPublish: settings.publish,
  quietSeconds: settings.quiet,
  keepReleases: settings.keep,
  metadata: settings.metadata,
});

async function make(ctx: Context<Settings>, name: string): Promise<void> {
  const { template, runner } = ctx.options;
  const body = { name, template, runner, ...bodyOf(ctx.options) };
  const made = await ctx.body(ctx.api.POST('/hosting/projects', { params: ctx.creation, body }));
  const { password, ...view } = made;
  const { sftp } = view;
  await finish(ctx, projects, view, { password });
  if (ctx.out.json || ctx.options.dryRun || !password) return;
  ctx.out.lines(`Upload:   sftp -P ${sftp.port} ${sftp.login}@${sftp.host}`);
  ctx.out.lines(`Password: ${password}   (shown this once)`);
}

async function change(ctx: Context<Settings>, text: string): Promise<void> {
  const params = { path: { id: await idOf(ctx, projects, text) }, query: ctx.change };
  const body = bodyOf(ctx.options);
  await finish(ctx, projects, await ctx.body(ctx.api.PUT('/hosting/projects/{id}', { params, body })));
}
