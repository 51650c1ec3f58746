import { Argument, Option, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { wholeNumber } from '../commands/parsers';
import { addList, addRemove, addShow } from '../commands/standard';
import { containers } from '../containers/containers.noun';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { vms } from '../vms/vms.noun';
import { mappings } from './mappings.noun';

interface Addition extends Labelled {
  name?: string;
  protocol?: 'tcp' | 'udp';
  container?: boolean;
}

interface Changes extends Labelled {
  name?: string;
  targetPort?: number;
}

const port = wholeNumber(1);

export function addMappingCommands(cli: Cli, program: Command): void {
  const parent = program
    .command('pat')
    .description('Mappings: ports of a router’s external address that lead to ports of VMs and containers.');
  addList(cli, parent, mappings);
  parent
    .command('add')
    .description('Open a port to a VM, or to a container.')
    .addArgument(naming(vms))
    .addArgument(new Argument('<target-port>', 'the VM’s port').argParser(port))
    .addArgument(new Argument('[external-port]', 'the router’s port; default: a free one').argParser(port))
    .option('--container', 'what is named is a container')
    .addOption(new Option('--protocol <protocol>', 'default: tcp').choices(['tcp', 'udp']))
    .addOption(nameOption('its name; default: made from protocol and port'))
    .addOption(labelOption())
    .action(cli.action<[string, number, number?], Addition>(add));
  addShow(cli, parent, mappings);
  parent
    .command('update')
    .description('Change a mapping’s target port, name or metadata.')
    .addArgument(naming(mappings, '<mapping>'))
    .option('--target-port <port>', 'the VM’s port', port)
    .addOption(nameOption('its new name'))
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addRemove(cli, parent, mappings);
}

async function add(
  ctx: Context<Addition>,
  instance: string,
  targetPort: number,
  externalPort?: number,
): Promise<void> {
  const { name, protocol, metadata, container } = ctx.options;
  const target = container
    ? { containerId: await idOf(ctx, containers, instance) }
    : { vmId: await idOf(ctx, vms, instance) };
  const body = { ...target, targetPort, externalPort, protocol, name, metadata };
  await finish(ctx, mappings, await ctx.body(ctx.api.POST('/pat/mappings', { params: ctx.creation, body })));
}

async function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, targetPort, metadata } = ctx.options;
  const params = { path: { id: await idOf(ctx, mappings, text) }, query: ctx.change };
  const body = { name, targetPort, metadata };
  await finish(ctx, mappings, await ctx.body(ctx.api.PUT('/pat/mappings/{id}', { params, body })));
}
