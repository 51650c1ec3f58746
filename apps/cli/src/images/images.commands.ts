import { Argument, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish, remove as removeThing } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { addShares } from '../shares/shares.commands';
import { addImageUpload } from './image-upload.commands';
import { imageShares } from './image-shares';
import { images } from './images.noun';

interface Addition extends Labelled {
  sha256?: string;
  public?: boolean;
}

interface Removal {
  deferred?: boolean;
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
  addImageUpload(cli, parent);
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
  addRemoval(cli, parent);
  addShares(cli, parent, images, imageShares);
}

function addRemoval(cli: Cli, parent: Command): void {
  addRemove(cli, parent, images)
    .option('--deferred', 'remove it as soon as the last VM that needs it is gone')
    .action(
      cli.action<[string], Removal>((ctx, text) => {
        const deferred = ctx.options.deferred ? { deferred: true } : {};
        const remove: typeof images.remove = (api, id, query) =>
          api.DELETE('/iaas/images/{id}', { params: { path: { id }, query: { ...query, ...deferred } } });
        return removeThing(ctx, { ...images, remove }, text);
      }),
    );
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
