import type { Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { addShares } from '../shares/shares.commands';
import { addVmCreation } from './vm-creation.commands';
import { addVmLife } from './vm-life.commands';
import { addVmSaving } from './vm-saving.commands';
import { vmShares } from './vm-shares';
import { vms } from './vms.noun';

interface Changes extends Labelled {
  name?: string;
}

export function addVmCommands(cli: Cli, program: Command): void {
  const parent = program.command('vm').description('VMs: virtual machines.');
  addList(cli, parent, vms);
  addVmCreation(cli, parent);
  addShow(cli, parent, vms);
  addState(cli, parent, { word: 'start', state: 'running', summary: 'Start a VM.' });
  addState(cli, parent, { word: 'stop', state: 'stopped', summary: 'Stop a VM.' });
  parent
    .command('update')
    .description('Change a VM’s name or metadata.')
    .addArgument(naming(vms))
    .addOption(nameOption('its new name'))
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addRemove(cli, parent, vms);
  addVmLife(cli, parent);
  addVmSaving(cli, parent);
  addShares(cli, parent, vms, vmShares);
}

interface Switch {
  word: string;
  state: 'running' | 'stopped';
  summary: string;
}

function addState(cli: Cli, parent: Command, { word, state, summary }: Switch): void {
  parent
    .command(word)
    .description(summary)
    .addArgument(naming(vms))
    .action(cli.action<[string]>((ctx, text) => put(ctx, text, { state })));
}

function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, metadata } = ctx.options;
  return put(ctx, text, { name, metadata });
}

async function put(
  ctx: Context,
  text: string,
  body: { name?: string; metadata?: Record<string, string>; state?: 'running' | 'stopped' },
): Promise<void> {
  const path = { id: await idOf(ctx, vms, text) };
  const params = { path, query: ctx.change };
  await finish(ctx, vms, await ctx.body(ctx.api.PUT('/iaas/vms/{id}', { params, body })));
}
