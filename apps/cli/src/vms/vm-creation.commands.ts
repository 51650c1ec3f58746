import { Argument, Option, type Command } from 'commander';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { contentOf } from '../commands/files';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { gibibytes, mebibytes, several, wholeNumber } from '../commands/parsers';
import type { Context } from '../context';
import { images } from '../images/images.noun';
import { idOf } from '../resolve/resolve';
import { nicOf } from '../subnets/nics';
import { vms } from './vms.noun';

interface Creation extends Labelled {
  name?: string;
  subnet?: string[];
  machineType?: string;
  vcpus?: number;
  disk?: number;
  location?: string;
  sshKey?: string[];
  userData?: string;
}

/** `vm add <image> [<mem>]`. */
export function addVmCreation(cli: Cli, parent: Command): void {
  parent
    .command('add')
    .description('Make a VM from an image, and start it.')
    .addArgument(naming(images))
    .addArgument(new Argument('[mem]', 'memory: MiB, or 512M, 2G').argParser(mebibytes))
    .addOption(nameOption('its name; default: made from the image’s'))
    .addOption(
      new Option(
        '--subnet <subnet[:ip]>',
        'a network to be on, several times for several; default: your default network',
      ).argParser(several),
    )
    .option('--machine-type <name>', 'a set of processors, memory and disk: nubo machine-type ls')
    .option('--vcpus <n>', 'virtual processors', wholeNumber(1))
    .option('--disk <size>', 'disk: GiB, or 10G', gibibytes)
    .option('--location <location>', 'where its host shall be')
    .addOption(
      new Option('--ssh-key <file>', 'a public key for the first user; may be given several times').argParser(
        several,
      ),
    )
    .option('--user-data <file>', 'cloud-init user-data')
    .addOption(labelOption())
    .action(cli.action<[string, number?], Creation>(add));
}

async function add(ctx: Context<Creation>, image: string, memory?: number): Promise<void> {
  const { name, machineType, vcpus, disk, location, metadata, userData } = ctx.options;
  const sshKeys = ctx.options.sshKey?.map((file) => contentOf(file).trim());
  const imageId = await idOf(ctx, images, image);
  const nics = await nicsOf(ctx);
  const rest = {
    vcpus,
    memory,
    disk,
    location,
    metadata,
    sshKeys,
    userData: userData && contentOf(userData),
  };
  const body = { name, imageId, machineType, ...(nics.length > 0 && { nics }), ...rest };
  await finish(ctx, vms, await ctx.body(ctx.api.POST('/iaas/vms', { params: ctx.creation, body })));
}

async function nicsOf(ctx: Context<Creation>): Promise<{ subnetId: string; ip?: string }[]> {
  const nics = [];
  for (const text of ctx.options.subnet ?? []) nics.push(await nicOf(ctx, text));
  return nics;
}
