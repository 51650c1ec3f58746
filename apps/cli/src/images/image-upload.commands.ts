import { Argument, type Command } from 'commander';
import type { Schemas } from '../client/views';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, type Labelled } from '../commands/options';
import type { Context } from '../context';
import { failed } from '../errors';
import { idOf } from '../resolve/resolve';
import { images } from './images.noun';
import { sourceAt, Upload, type Source } from './upload';

type Image = Schemas['ImageView'];

interface Uploading extends Labelled {
  sha256?: string;
  public?: boolean;
  resume?: boolean;
}

/** `image upload <file> <name> [desc]`. */
export function addImageUpload(cli: Cli, parent: Command): void {
  parent
    .command('upload')
    .description('Make an image of a file of yours.')
    .addArgument(new Argument('<file>', 'qcow2 or raw'))
    .addArgument(new Argument('<name>', 'the image’s name'))
    .addArgument(new Argument('[desc]', 'its description'))
    .option('--resume', 'go on with the upload to this image that broke off')
    .option('--sha256 <hex>', 'what it must hash to')
    .option('--public', 'everybody may make VMs from it (administrators only)')
    .addOption(labelOption())
    .action(cli.action<[string, string, string?], Uploading>(upload));
}

async function upload(
  ctx: Context<Uploading>,
  file: string,
  name: string,
  description?: string,
): Promise<void> {
  const source = await sourceAt(file);
  const image = ctx.options.resume
    ? await begun(ctx, source, name)
    : await announced(ctx, source, { name, description });
  await finish(ctx, images, ctx.options.dryRun ? image : await new Upload(ctx, source, image).run());
}

function announced(
  ctx: Context<Uploading>,
  { size }: Source,
  named: { name: string; description?: string },
): Promise<Image> {
  const { sha256, metadata } = ctx.options;
  const rest = { sha256, metadata, ...(ctx.options.public && { public: true }) };
  const body = { upload: true, size, ...named, ...rest };
  return ctx.body(ctx.api.POST('/iaas/images', { params: ctx.creation, body }));
}

/** The image that is waiting for the rest of this file. */
async function begun(ctx: Context, { path, size }: Source, name: string): Promise<Image> {
  const image = await ctx.body(images.get(ctx.api, await idOf(ctx, images, name)));
  if (image.state === 'uploading' && image.size === size) return image;
  const why =
    image.state === 'uploading'
      ? `${path} has ${size} bytes, and ${image.size} were announced`
      : `it is ${image.state}`;
  throw failed(`Nothing can be uploaded to image ${image.name}: ${why}.`, { code: 'no_resume' });
}
