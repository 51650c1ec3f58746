import { Argument, Option, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { several } from '../commands/parsers';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { addShares } from '../shares/shares.commands';
import { vpcs } from '../vpcs/vpcs.noun';
import { subnetShares } from './subnet-shares';
import { subnets } from './subnets.noun';

interface Addition extends Labelled {
  gateway?: string;
  dhcp: boolean;
  dns?: string[];
}

interface Changes extends Labelled {
  name?: string;
}

export function addSubnetCommands(cli: Cli, program: Command): void {
  const parent = program.command('subnet').description('Subnets: the networks in a VPC that VMs are on.');
  addList(cli, parent, subnets);
  parent
    .command('add')
    .description('Make a subnet in a VPC.')
    .addArgument(naming(vpcs))
    .addArgument(new Argument('<name>', 'its name'))
    .addArgument(new Argument('<cidr>', 'its addresses: 190.0.0.0/24'))
    .option('--gateway <ip>', 'the router’s address in it; default: the first')
    .option('--no-dhcp', 'VMs get their address from their seed instead')
    .addOption(
      new Option('--dns <ip>', 'a name server that DHCP tells; may be given several times').argParser(
        several,
      ),
    )
    .addOption(labelOption())
    .action(cli.action<[string, string, string], Addition>(add));
  addShow(cli, parent, subnets);
  parent
    .command('update')
    .description('Change a subnet’s name or metadata.')
    .addArgument(naming(subnets))
    .addOption(nameOption('its new name'))
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addRemove(cli, parent, subnets);
  addShares(cli, parent, subnets, subnetShares);
}

async function add(ctx: Context<Addition>, vpc: string, name: string, cidr: string): Promise<void> {
  const { gateway, dhcp, dns, metadata } = ctx.options;
  const vpcId = await idOf(ctx, vpcs, vpc);
  const body = { vpcId, name, cidr, gateway, dns, metadata, ...(!dhcp && { dhcp }) };
  await finish(ctx, subnets, await ctx.body(ctx.api.POST('/iaas/subnets', { params: ctx.creation, body })));
}

async function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, metadata } = ctx.options;
  const params = { path: { id: await idOf(ctx, subnets, text) }, query: ctx.change };
  const body = { name, metadata };
  await finish(ctx, subnets, await ctx.body(ctx.api.PUT('/iaas/subnets/{id}', { params, body })));
}
