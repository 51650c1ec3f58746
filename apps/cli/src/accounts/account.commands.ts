import { Argument, type Command } from 'commander';
import { emailOf, password, SecretArgument } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { tried } from '../commands/finish';
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
    .action(cli.inEarnest<[string, string, string?]>(register));
  program
    .command('activate')
    .description('Activate a tenant with the UUID from the mail and the password.')
    .addArgument(new SecretArgument('<uuid>', 'the UUID from the mail'))
    .addArgument(password())
    .action(cli.inEarnest<[string, string?]>(activate));
  program
    .command('activation-mail')
    .description('Ask for the mail with the UUID again.')
    .addArgument(emailOf())
    .action(cli.inEarnest<[string]>(mailActivation));
  addPasswordCommands(cli, program.command('password').description('Change or reset a password.'));
}

function addPasswordCommands(cli: Cli, parent: Command): void {
  parent
    .command('change')
    .description('Change your own password (NUBO_PASSWORD, NUBO_NEW_PASSWORD, or typed), and log in with it.')
    .action(cli.action(changePassword));
  parent
    .command('reset')
    .description('Ask for a mail that lets you set a new password.')
    .addArgument(emailOf())
    .action(cli.inEarnest<[string]>(requestReset));
  parent
    .command('complete')
    .description('Set a new password with what the mail tells.')
    .addArgument(new Argument('<reset-id>', 'from the mail'))
    .addArgument(new SecretArgument('<code>', 'from the mail'))
    .addArgument(password('the new one; asked for when it is left out'))
    .action(cli.inEarnest<[string, string, string?]>(completeReset));
}

async function register(ctx: Context, name: string, email: string, given?: string): Promise<void> {
  const secret = await ctx.secrets.get('Password', given);
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

async function mailActivation(ctx: Context, email: string): Promise<void> {
  const view = await ctx.body(ctx.open.POST('/iaas/tenants/activation-mails', { body: { email } }));
  ctx.out.done(view.message, view);
}

async function requestReset(ctx: Context, email: string): Promise<void> {
  const view = await ctx.body(ctx.open.POST('/iaas/password-resets', { body: { email } }));
  ctx.out.done(view.message, view);
}

async function completeReset(ctx: Context, resetId: string, code: string, given?: string): Promise<void> {
  const secret = await ctx.secrets.get('New password', given, 'NUBO_NEW_PASSWORD');
  const params = { path: { resetId } };
  const body = { code, password: secret };
  await ctx.body(ctx.open.POST('/iaas/password-resets/{resetId}/completion', { params, body }));
  ctx.out.done('The password is set. Log in: nubo login <email>', { resetId });
}

/** A change of the password ends all sessions, so a new one is begun: by the address that the account has now. */
async function changePassword(ctx: Context): Promise<void> {
  const { userId: id } = ctx.session;
  const currentPassword = await ctx.secrets.get('Current password');
  const secret = await ctx.secrets.get('New password', undefined, 'NUBO_NEW_PASSWORD');
  const body = { currentPassword, password: secret };
  const params = { path: { id }, query: ctx.change };
  const { email } = await ctx.body(ctx.api.PUT('/iaas/users/{id}', { params, body }));
  if (ctx.options.dryRun) return tried(ctx, 'A new password', { id, email });
  await logIn(ctx, email, secret);
  ctx.out.done('The password is changed, and you are logged in with it.', { id, email });
}
