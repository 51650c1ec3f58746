import { Argument, type Command } from 'commander';
import { emailOf, password, SecretArgument } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import type { Context } from '../context';
import { logIn } from './session.commands';

/** What people do before they are logged in, and with their password. */
export function addAccountCommands(cli: Cli, program: Command): void {
  program
    .command('register')
    .description('Register a tenant; its UUID comes by mail.')
    .addArgument(new Argument('<name>', 'the tenant’s name'))
    .addArgument(emailOf())
    .addArgument(password())
    .action(cli.action<[string, string, string?]>(register));
  program
    .command('activate')
    .description('Activate a tenant with the UUID from the mail and the password.')
    .addArgument(new SecretArgument('<uuid>', 'the UUID from the mail'))
    .addArgument(password())
    .action(cli.action<[string, string?]>(activate));
  addPasswordCommands(cli, program.command('password').description('Change or reset a password.'));
}

function addPasswordCommands(cli: Cli, parent: Command): void {
  parent
    .command('change')
    .description('Change your own password (NUBO_PASSWORD, NUBO_NEW_PASSWORD, or typed), and log in with it.')
    .action(cli.action(changePassword));
}

async function register(ctx: Context, name: string, email: string, given?: string): Promise<void> {
  const secret = await ctx.secrets.getNew('Password', given);
  const api = ctx.open;
  const view = await ctx.body(api.POST('/iaas/tenants', { body: { name, email, password: secret } }));
  ctx.out.done(`${view.message} Then: nubo activate <uuid>`, view);
}

async function activate(ctx: Context, tenantId: string, given?: string): Promise<void> {
  const secret = await ctx.secrets.get('Password', given);
  const view = await ctx.body(
    ctx.open.POST('/iaas/tenants/{tenantId}/activation', {
      params: { path: { tenantId } },
      body: { password: secret },
    }),
  );
  ctx.out.done(`Tenant ${view.name} is ${view.state}. Log in: nubo login <email>`, view);
}

/** A change of the password ends all sessions, so a new one is begun. */
async function changePassword(ctx: Context): Promise<void> {
  const { userId: id, email } = ctx.session;
  const currentPassword = await ctx.secrets.get('Current password');
  const secret = await ctx.secrets.getNew('New password', undefined, 'NUBO_NEW_PASSWORD');
  const body = { currentPassword, password: secret };
  await ctx.body(ctx.api.PUT('/iaas/users/{id}', { params: { path: { id } }, body }));
  await logIn(ctx, email, secret);
  ctx.out.done('The password is changed, and you are logged in with it.', { id, email });
}
