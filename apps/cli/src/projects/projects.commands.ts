import { Argument, Option, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, type Labelled } from '../commands/options';
import { wholeNumber } from '../commands/parsers';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { addShares } from '../shares/shares.commands';
import { addProjectAccess } from './project-access.commands';
import { addProjectReleases } from './project-releases.commands';
import { projectShares } from './project-shares';
import { projects } from './projects.noun';

interface Settings extends Labelled {
  publish?: 'quiet' | 'file' | 'manual';
  quiet?: number;
  keep?: number;
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
  withSettings(add).action(cli.action<[string], Settings>(make));
  addShow(cli, parent, projects);
  const update = parent
    .command('update')
    .description('Change how a project is published, or its metadata.')
    .addArgument(naming(projects));
  withSettings(update).action(cli.action<[string], Settings>(change));
  addRemove(cli, parent, projects);
  addProjectReleases(cli, parent);
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
    .addOption(labelOption());

const bodyOf = ({ publish, quiet, keep, metadata }: Settings) => ({
  autoPublish: publish,
  quietSeconds: quiet,
  keepReleases: keep,
  metadata,
});

async function make(ctx: Context<Settings>, name: string): Promise<void> {
  const body = { name, ...bodyOf(ctx.options) };
  const made = await ctx.body(ctx.api.POST('/hosting/projects', { params: ctx.creation, body }));
  const { password, sftp } = made;
  await finish(ctx, projects, made, { password });
  if (ctx.out.json || !password) return;
  ctx.out.lines(`Upload:   sftp -P ${sftp.port} ${sftp.login}@${sftp.host}`);
  ctx.out.lines(`Password: ${password}   (shown this once)`);
}

async function change(ctx: Context<Settings>, text: string): Promise<void> {
  const params = { path: { id: await idOf(ctx, projects, text) }, query: ctx.change };
  const body = bodyOf(ctx.options);
  await finish(ctx, projects, await ctx.body(ctx.api.PUT('/hosting/projects/{id}', { params, body })));
}
