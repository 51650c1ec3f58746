import { Argument, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, type Labelled } from '../commands/options';
import type { Context } from '../context';
import { images } from '../images/images.noun';
import { idOf } from '../resolve/resolve';
import { vms } from './vms.noun';

interface Saving extends Labelled {
  quiesce?: boolean;
}

/** `vm save <vm> <name> [desc]`. */
export function addVmSaving(cli: Cli, parent: Command): void {
  parent
    .command('save')
    .description('Save a VM as an image. A running VM is stopped for it, and started again.')
    .addArgument(naming(vms))
    .addArgument(new Argument('<name>', 'the image’s name'))
    .addArgument(new Argument('[desc]', 'the image’s description'))
    .option('--quiesce', 'keep it running: it is paused while its own disk is copied')
    .addOption(labelOption())
    .action(cli.action<[string, string, string?], Saving>(save));
}

async function save(ctx: Context<Saving>, text: string, name: string, description?: string): Promise<void> {
  const { metadata, quiesce } = ctx.options;
  const params = { path: { id: await idOf(ctx, vms, text) }, ...ctx.creation };
  const body = { name, description, metadata, ...(quiesce && { quiesce }) };
  await finish(ctx, images, await ctx.body(ctx.api.POST('/iaas/vms/{id}/snapshots', { params, body })));
}
