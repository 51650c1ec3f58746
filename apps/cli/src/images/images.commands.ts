import { Argument, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { addShares } from '../shares/shares.commands';
import { imageShares } from './image-shares';
import { images } from './images.noun';

interface Addition extends Labelled {
  sha256?: string;
  public?: boolean;
}

interface Changes extends Labelled {
  name?: string;
  description?: string;
  public?: boolean;
}

export function addImageCommands(cli: Cli, program: Command): void {
  const parent = program.command('image').description('Images: what VMs are made from.');
  addList(cli, parent, images);
  parent
    .command('add')
    .description('Fetch an image from a URL.')
    .addArgument(new Argument('<url>', 'where it is: qcow2 or raw'))
    .addArgument(new Argument('<name>', 'its name'))
    .addArgument(new Argument('[desc]', 'its description'))
    .option('--sha256 <hex>', 'what it must hash to')
    .option('--public', 'everybody may make VMs from it (administrators only)')
    .addOption(labelOption())
    .action(cli.action<[string, string, string?], Addition>(add));
  addShow(cli, parent, images);
  parent
    .command('update')
    .description('Change an image’s name, description or metadata.')
    .addArgument(naming(images))
    .addOption(nameOption('its new name'))
    .option('--description <text>', 'its new description')
    .option('--public', 'everybody may make VMs from it (administrators only)')
    .option('--no-public', 'only who has a share may')
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addRemove(cli, parent, images);
  addShares(cli, parent, images, imageShares);
}

async function add(ctx: Context<Addition>, url: string, name: string, description?: string): Promise<void> {
  const { sha256, metadata } = ctx.options;
  const body = { url, name, description, sha256, metadata, ...(ctx.options.public && { public: true }) };
  const { query, header } = ctx.creation;
  await finish(
    ctx,
    images,
    await ctx.body(ctx.api.POST('/iaas/images', { params: { query, header }, body })),
  );
}

async function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, description, metadata, public: isPublic } = ctx.options;
  const path = { id: await idOf(ctx, images, text) };
  const body = { name, description, metadata, public: isPublic };
  const params = { path, query: ctx.change };
  await finish(ctx, images, await ctx.body(ctx.api.PUT('/iaas/images/{id}', { params, body })));
}
