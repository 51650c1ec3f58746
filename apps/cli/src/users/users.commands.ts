import { Option, type Command } from 'commander';
import type { Schemas } from '../client/views';
import { emailOf, naming, password } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { addGreatRemove } from '../commands/confirmation';
import { finish } from '../commands/finish';
import { labelOption, nameOption, type Labelled } from '../commands/options';
import { addList, addShow } from '../commands/standard';
import type { Context } from '../context';
import { idOf } from '../resolve/resolve';
import { tenants } from '../tenants/tenants.noun';
import { users } from './users.noun';

type User = Schemas['UserView'];
type Role = User['role'];

interface Addition extends Labelled {
  name?: string;
  role?: Role;
  tenant?: string;
}

interface Changes extends Labelled {
  name?: string;
  email?: string;
  role?: Role;
  password?: boolean;
}

const role = (): Option =>
  new Option('--role <role>', 'what the user may do').choices(['member', 'owner', 'admin'] satisfies Role[]);

export function addUserCommands(cli: Cli, program: Command): void {
  const parent = program.command('user').description('Users: of your tenant; all for an administrator.');
  addList(cli, parent, users);
  parent
    .command('add')
    .description('Add a user to your tenant; as an administrator, to any.')
    .addArgument(emailOf())
    .addArgument(password())
    .addOption(nameOption('the user’s name; default: made from the address'))
    .addOption(role())
    .option('--tenant <tenant>', 'in which tenant (administrators)')
    .addOption(labelOption())
    .action(cli.action<[string, string?], Addition>(add));
  addShow(cli, parent, users);
  parent
    .command('update')
    .description('Change a user; one’s own password: nubo password change.')
    .addArgument(naming(users))
    .addOption(nameOption('the new name'))
    .option('--email <email>', 'the new e-mail address; one’s own asks for the current password')
    .addOption(role())
    .option('--password', 'set a new password: NUBO_NEW_PASSWORD, or asked for')
    .addOption(labelOption())
    .action(cli.action<[string], Changes>(update));
  addGreatRemove(cli, parent, users, 'all that it made');
}

async function add(ctx: Context<Addition>, email: string, given?: string): Promise<void> {
  const { name, role: wanted, metadata, tenant } = ctx.options;
  const tenantId = tenant && (await idOf(ctx, tenants, tenant));
  const secret = await ctx.secrets.get(`Password of ${email}`, given);
  const body = { email, password: secret, name, role: wanted, metadata, tenantId };
  await finish(ctx, users, await ctx.body(ctx.api.POST('/iaas/users', { params: ctx.creation, body })));
}

async function update(ctx: Context<Changes>, text: string): Promise<void> {
  const { name, email, role: wanted, metadata } = ctx.options;
  const id = await idOf(ctx, users, text);
  const secrets = await secretsFor(ctx, id);
  const body = { name, email, role: wanted, metadata, ...secrets };
  const params = { path: { id }, query: ctx.change };
  const view = await ctx.body(ctx.api.PUT('/iaas/users/{id}', { params, body }));
  if (!ctx.options.dryRun) keepAddress(ctx, view);
  await finish(ctx, users, view);
}

/** Whoever is logged in logs in by the new address from now on. */
function keepAddress(ctx: Context, { id, email }: User): void {
  const { session } = ctx;
  if (id === session.userId && email !== session.email) ctx.sessions.write({ ...session, email });
}

/** What proves that it is oneself, where that is asked for; and the new password. */
async function secretsFor(
  ctx: Context<Changes>,
  id: string,
): Promise<{ currentPassword?: string; password?: string }> {
  const { email, password: wanted } = ctx.options;
  const own = id === ctx.session.userId && (email !== undefined || wanted);
  const currentPassword = own ? await ctx.secrets.get('Current password') : undefined;
  const secret = wanted ? await ctx.secrets.get('New password', undefined, 'NUBO_NEW_PASSWORD') : undefined;
  return { currentPassword, password: secret };
}
