import { Argument, Option, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { labels, mebibytes, wholeNumber } from '../commands/parsers';
import type { Context } from '../context';
import { images } from '../images/images.noun';
import { idOf } from '../resolve/resolve';
import { nicOf } from '../subnets/nics';
import { containers } from './containers.noun';

interface Creation extends Labelled {
  name?: string;
  subnet?: string;
  env?: Record<string, string>;
  memory?: number;
  cpu?: number;
  pids?: number;
  restart?: 'always' | 'on-failure' | 'never';
  location?: string;
  readOnly?: boolean;
}

/** `container add <image> [command...]`. */
export function addContainerCreation(cli: Cli, parent: Command): void {
  parent
    .command('add')
    .description('Make a container from an image of kind container, and start it.')
    .addArgument(naming(images))
    .addArgument(new Argument('[command...]', 'what runs in it, behind --; default: what the image says'))
    .addOption(nameOption('its name; default: made from the image’s'))
    .option('--subnet <subnet[:ip]>', 'the network to be on; default: your default network')
    .addOption(new Option('--env <name=value>', 'a variable; may be given several times').argParser(labels))
    .option('--memory <size>', 'MiB, or 512M, 2G; default: 64', mebibytes)
    .option('--cpu <percent>', 'percent of one CPU; default: 100', wholeNumber(5))
    .option('--pids <n>', 'processes at once; default: 256', wholeNumber(10))
    .addOption(
      new Option('--restart <policy>', 'when it is started again after it ended').choices([
        'always',
        'on-failure',
        'never',
      ]),
    )
    .option('--read-only', 'nothing can be written besides /tmp and /run')
    .option('--location <location>', 'where its host shall be')
    .addOption(labelOption())
    .action(cli.action<[string, string[]], Creation>(add));
}

async function add(ctx: Context<Creation>, image: string, command: string[]): Promise<void> {
  const { subnet, ...rest } = ctx.options;
  const { name, env, memory, cpu, pids, restart, readOnly, location, metadata } = rest;
  const imageId = await idOf(ctx, images, image);
  const nics = subnet === undefined ? undefined : [await nicOf(ctx, subnet)];
  const limits = { memory, cpu, pids };
  const run = { env, restart, readOnly, ...(command.length > 0 && { command }) };
  const body = { name, imageId, location, metadata, ...limits, ...run, ...(nics && { nics }) };
  await finish(
    ctx,
    containers,
    await ctx.body(ctx.api.POST('/iaas/containers', { params: ctx.creation, body })),
  );
}
