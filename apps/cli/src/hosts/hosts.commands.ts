import { Argument, Option, type Command } from 'commander';
import type { Schemas } from '../client/views';
import { naming, password } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { wholeNumber } from '../commands/parsers';
import { addList, addRemove, addShow } from '../commands/standard';
import type { Context } from '../context';
import { usage } from '../errors';
import { idOf } from '../resolve/resolve';
import { hosts } from './hosts.noun';

type Role = 'compute' | 'network';

interface Enrolment extends Labelled {
  name?: string;
  port?: number;
  location?: string;
  role?: Role[];
  interface?: string;
  range?: string;
  prefix?: number;
  gateway?: string;
}

interface Changes extends Labelled {
  name?: string;
  location?: string;
  retry?: boolean;
}

export function addHostCommands(cli: Cli, program: Command): void {
  const parent = program.command('host').description('Hosts: the machines that the platform runs on.');
  addList(cli, parent, hosts);
  addEnrol(cli, parent);
  addShow(cli, parent, hosts);
  parent
    .command('update')
    .description('Change a host, or try an enrolment that failed again.')
    .addArgument(naming(hosts))
    .addOption(nameOption('its new name'))
    .option('--location <location>', 'where it is')
    .option('--retry', 'try the enrolment again')
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addRemove(cli, parent, hosts);
}

function addEnrol(cli: Cli, parent: Command): void {
  parent
    .command('add')
    .description('Enrol a host over SSH. The password is used once, then forgotten.')
    .addArgument(new Argument('<addr>', 'its IPv4 address'))
    .addArgument(new Argument('<user>', 'root, or a user with sudo'))
    .addArgument(password())
    .addOption(nameOption('its name; default: made from the address'))
    .option('--port <port>', 'its SSH port', wholeNumber(1))
    .option('--location <location>', 'where it is; default: loc1')
    .addOption(
      new Option('--role <role...>', 'what it is for; default: compute').choices(['compute', 'network']),
    )
    .option('--interface <name>', 'role network: its interface in the outside network')
    .option('--range <first-last>', 'role network: free addresses there, one per VPC')
    .option('--prefix <bits>', 'role network: the length of that network’s prefix', wholeNumber(1))
    .option('--gateway <addr>', 'role network: the way out of that network')
    .addOption(labelOption())
    .action(cli.action<[string, string, string?], Enrolment>(enrol));
}

async function enrol(ctx: Context<Enrolment>, address: string, user: string, given?: string): Promise<void> {
  const { name, port, location, role: roles, metadata } = ctx.options;
  const external = externalOf(ctx.options);
  const secret = await ctx.secrets.get(`Password of ${user}@${address}`, given);
  const body = { address, user, password: secret, name, port, location, roles, metadata, external };
  const { query, header } = ctx.creation;
  await finish(ctx, hosts, await ctx.body(ctx.api.POST('/iaas/hosts', { params: { query, header }, body })));
}

function externalOf(options: Enrolment): Schemas['HostExternal'] | undefined {
  const { interface: device, range, prefix, gateway } = options;
  if (device === undefined && range === undefined && prefix === undefined && gateway === undefined)
    return undefined;
  if (device && range && prefix && gateway) return { interface: device, range, prefix, gateway };
  throw usage('The role network needs --interface, --range, --prefix and --gateway.');
}

async function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, location, metadata, retry } = ctx.options;
  const path = { id: await idOf(ctx, hosts, text) };
  const body = { name, location, metadata, ...(retry && { state: 'ready' as const }) };
  const params = { path, query: ctx.change };
  await finish(ctx, hosts, await ctx.body(ctx.api.PUT('/iaas/hosts/{id}', { params, body })));
}
