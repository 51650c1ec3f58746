import { Argument, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { gibibytes, mebibytes, wholeNumber } from '../commands/parsers';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { machineTypes } from './machine-types.noun';

interface Settings extends Labelled {
  disk?: number;
  description?: string;
}

interface Changes extends Settings {
  name?: string;
  vcpus?: number;
  memory?: number;
}

export function addMachineTypeCommands(cli: Cli, program: Command): void {
  const parent = program
    .command('machine-type')
    .description('Machine types: sets of processors, memory and disk; administrators make them.');
  addList(cli, parent, machineTypes);
  parent
    .command('add')
    .description('Make a machine type.')
    .addArgument(new Argument('<name>', 'its name'))
    .addArgument(new Argument('<vcpus>', 'virtual processors').argParser(wholeNumber(1)))
    .addArgument(new Argument('<mem>', 'memory: MiB, or 512M, 2G').argParser(mebibytes))
    .option('--disk <size>', 'disk: GiB, or 10G; default: what the image needs', gibibytes)
    .option('--description <text>', 'its description')
    .addOption(labelOption())
    .action(cli.action<[string, number, number], Settings>(add));
  addShow(cli, parent, machineTypes);
  parent
    .command('update')
    .description('Change a machine type; VMs that were made from it stay as they are.')
    .addArgument(naming(machineTypes))
    .addOption(nameOption('its new name'))
    .option('--vcpus <n>', 'virtual processors', wholeNumber(1))
    .option('--memory <size>', 'memory: MiB, or 512M, 2G', mebibytes)
    .option('--disk <size>', 'disk: GiB, or 10G', gibibytes)
    .option('--description <text>', 'its description')
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addRemove(cli, parent, machineTypes);
}

async function add(ctx: Context<Settings>, name: string, vcpus: number, memory: number): Promise<void> {
  const { disk, description, metadata } = ctx.options;
  const body = { name, vcpus, memory, disk, description, metadata };
  await finish(
    ctx,
    machineTypes,
    await ctx.body(ctx.api.POST('/iaas/machine-types', { params: ctx.creation, body })),
  );
}

async function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, vcpus, memory, disk, description, metadata } = ctx.options;
  const params = { path: { id: await idOf(ctx, machineTypes, text) }, query: ctx.change };
  const body = { name, vcpus, memory, disk, description, metadata };
  await finish(ctx, machineTypes, await ctx.body(ctx.api.PUT('/iaas/machine-types/{id}', { params, body })));
}
