import type { Command } from 'commander';
import { apiOf } from '../client/api';
import type { Schemas } from '../client/views';
import { emailOf, password } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import type { Context } from '../context';
import { CliError } from '../errors';
import type { Session } from '../session/session';

/** Logs in, out, and says who is. */
export function addSessionCommands(cli: Cli, program: Command): void {
  program
    .command('login')
    .description('Log in; the session is kept until logout.')
    .addArgument(emailOf())
    .addArgument(password())
    .action(cli.inEarnest<[string, string?]>(login));
  program
    .command('logout')
    .description('Log out: ends all of your sessions and removes the one kept here.')
    .action(cli.inEarnest(logout));
  program.command('whoami').description('Say who is logged in, and where.').action(cli.action(whoami));
}

async function login(ctx: Context, email: string, given?: string): Promise<void> {
  const secret = await ctx.secrets.get(`Password of ${email}`, given);
  const session = await logIn(ctx, email, secret);
  ctx.out.done(`You are ${email}, ${roleOf(session)}, until ${session.expiresAt}.`, shownOf(session));
  if (session.mustChangePassword) ctx.out.warn('The password must be changed first: nubo password change');
}

/** Logs in and keeps the session. */
export async function logIn(
  ctx: Context,
  email: string,
  secret: string,
): Promise<Session & { mustChangePassword: boolean }> {
  const url = ctx.loginUrl;
  const api = apiOf({ url, signal: ctx.signal });
  const view = await ctx.body(api.POST('/iaas/sessions', { body: { email, password: secret } }));
  const { userId, tenantId, role, token, expiresAt, mustChangePassword } = view as Schemas['SessionView'];
  const session: Session = { url, email, tenantId, userId, role, token, expiresAt };
  ctx.sessions.write(session);
  return { ...session, mustChangePassword };
}

/** Without the token: what a program prints ends up in logs. */
const shownOf = ({ url, email, userId, tenantId, role, expiresAt }: Session): object => ({
  url,
  email,
  userId,
  tenantId,
  role,
  expiresAt,
});

const roleOf = ({ role, tenantId }: Session): string => (tenantId ? `${role} in tenant ${tenantId}` : role);

/** The file goes away whatever the platform answers. */
async function logout(ctx: Context): Promise<void> {
  const refused = await endSessions(ctx);
  ctx.sessions.remove();
  ctx.out.done('You are logged out.', { loggedOut: true });
  if (refused) ctx.out.warn(`The platform did not hear of it (${refused}): the session ends by itself.`);
}

async function endSessions(ctx: Context): Promise<string | undefined> {
  try {
    await ctx.body(ctx.api.DELETE('/iaas/sessions'));
    return undefined;
  } catch (error) {
    if (error instanceof CliError) return error.message;
    throw error;
  }
}

async function whoami(ctx: Context): Promise<void> {
  const { session } = ctx;
  const user = await ctx.body(ctx.api.GET('/iaas/users/{id}', { params: { path: { id: session.userId } } }));
  ctx.out.view({
    email: user.email,
    role: user.role,
    userId: user.id,
    tenantId: user.tenantId,
    url: session.url,
    expiresAt: session.expiresAt,
  });
}
