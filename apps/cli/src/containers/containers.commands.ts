import type { Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { wholeNumber } from '../commands/parsers';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { addShares } from '../shares/shares.commands';
import { addContainerCreation } from './container-creation.commands';
import { containerShares } from './container-shares';
import { containers } from './containers.noun';

interface Changes extends Labelled {
  name?: string;
}

interface Reading {
  lines?: number;
}

export function addContainerCommands(cli: Cli, program: Command): void {
  const parent = program
    .command('container')
    .description('Containers: programs in a root file system of their own.');
  addList(cli, parent, containers);
  addContainerCreation(cli, parent);
  addShow(cli, parent, containers);
  addState(cli, parent, 'start');
  addState(cli, parent, 'stop');
  parent
    .command('update')
    .description('Change a container’s name or metadata.')
    .addArgument(naming(containers))
    .addOption(nameOption('its new name'))
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addRemove(cli, parent, containers);
  parent
    .command('logs')
    .description('Show the last lines that were written in a container.')
    .addArgument(naming(containers))
    .option('--lines <n>', 'how many, at most 1000; default: 100', wholeNumber(1))
    .action(cli.action<[string], Reading>(showLogs));
  parent
    .command('usage')
    .description('Show what a container has used: processor time, disk and network.')
    .addArgument(naming(containers))
    .action(cli.action<[string]>(showUsage));
  addShares(cli, parent, containers, containerShares);
}

const STATES = { start: 'running', stop: 'stopped' } as const;

function addState(cli: Cli, parent: Command, word: keyof typeof STATES): void {
  parent
    .command(word)
    .description(word === 'start' ? 'Start a container.' : 'Stop a container.')
    .addArgument(naming(containers))
    .action(cli.action<[string]>((ctx, text) => put(ctx, text, { state: STATES[word] })));
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
  const path = { id: await idOf(ctx, containers, text) };
  const params = { path, query: ctx.change };
  await finish(ctx, containers, await ctx.body(ctx.api.PUT('/iaas/containers/{id}', { params, body })));
}

async function showUsage(ctx: Context, text: string): Promise<void> {
  const path = { id: await idOf(ctx, containers, text) };
  ctx.out.view(await ctx.body(ctx.api.GET('/iaas/containers/{id}/usage', { params: { path } })));
}

async function showLogs(ctx: Context<Reading>, text: string): Promise<void> {
  const path = { id: await idOf(ctx, containers, text) };
  const query = { lines: ctx.options.lines };
  const view = await ctx.body(ctx.api.GET('/iaas/containers/{id}/logs', { params: { path, query } }));
  if (ctx.out.json) ctx.out.document(view);
  else if (view.text === '') ctx.out.note('Nothing has been written in it yet.');
  else ctx.out.lines(view.text);
}
