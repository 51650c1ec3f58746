import { Option, type Command } from 'commander';
import type { Cli } from '../commands/cli';
import { naming } from '../commands/arguments';
import { addGreatRemove } from '../commands/confirmation';
import { finish } from '../commands/finish';
import { labelOption, type Labelled } from '../commands/options';
import { addList, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { tenants } from './tenants.noun';

interface Changes extends Labelled {
  name?: string;
}

export function addTenantCommands(cli: Cli, program: Command): void {
  const parent = program.command('tenant').description('Tenants: your own; all for an administrator.');
  addList(cli, parent, tenants);
  addShow(cli, parent, tenants);
  parent
    .command('update')
    .description('Change a tenant’s name or metadata.')
    .addArgument(naming(tenants))
    .addOption(new Option('--name <name>', 'its new name'))
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addGreatRemove(cli, parent, tenants, 'its users and all that they made');
}

async function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, metadata } = ctx.options;
  const path = { id: await idOf(ctx, tenants, text) };
  const call = ctx.api.PUT('/iaas/tenants/{id}', {
    params: { path, query: ctx.change },
    body: { name, metadata },
  });
  await finish(ctx, tenants, await ctx.body(call));
}
