import { Argument, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { addShares } from '../shares/shares.commands';
import { vpcShares } from './vpc-shares';
import { vpcs } from './vpcs.noun';

interface Addition extends Labelled {
  region?: string;
}

interface Changes extends Labelled {
  name?: string;
}

export function addVpcCommands(cli: Cli, program: Command): void {
  const parent = program.command('vpc').description('VPCs: private networks with a router each.');
  addList(cli, parent, vpcs);
  parent
    .command('add')
    .description('Make a VPC.')
    .addArgument(new Argument('<name>', 'its name'))
    .option('--region <location>', 'where its router shall be')
    .addOption(labelOption())
    .action(cli.action<[string], Addition>(add));
  addShow(cli, parent, vpcs);
  parent
    .command('update')
    .description('Change a VPC’s name or metadata.')
    .addArgument(naming(vpcs))
    .addOption(nameOption('its new name'))
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addRemove(cli, parent, vpcs);
  addShares(cli, parent, vpcs, vpcShares);
}

async function add(ctx: Context<Addition>, name: string): Promise<void> {
  const { region, metadata } = ctx.options;
  const body = { name, region, metadata };
  await finish(ctx, vpcs, await ctx.body(ctx.api.POST('/iaas/vpcs', { params: ctx.creation, body })));
}

async function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, metadata } = ctx.options;
  const params = { path: { id: await idOf(ctx, vpcs, text) }, query: ctx.change };
  const body = { name, metadata };
  await finish(ctx, vpcs, await ctx.body(ctx.api.PUT('/iaas/vpcs/{id}', { params, body })));
}
