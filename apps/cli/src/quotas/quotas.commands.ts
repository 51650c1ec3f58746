import { Argument, InvalidArgumentError, type Command } from 'commander';
import type { Schemas } from '../client/views';
import type { Cli } from '../commands/cli';
import { conclude } from '../commands/finish';
import { showList, type ListOptions } from '../commands/listing';
import { wholeNumber } from '../commands/parsers';
import type { Context } from '../context';
import { usage } from '../errors';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { tenants } from '../tenants/tenants.noun';
import { users } from '../users/users.noun';
import { ofTenants, ofUsers, type Kind, type Quota, type Quotas } from './quotas';

interface Whose {
  tenant?: string;
  user?: string;
}

type UsesOptions = Whose & ListOptions;

const UNLIMITED = 'none';

const columns: readonly Column<Quota>[] = [
  column<Quota>('KIND', ({ kind }) => kind),
  column<Quota>('USED', ({ used }) => used, { align: 'right' }),
  column<Quota>('LIMIT', ({ limit }) => limit ?? UNLIMITED, { align: 'right' }),
];

type Use = Schemas['QuotaUseView'];
const useColumns: readonly Column<Use>[] = [
  column<Use>('RESOURCE', ({ resourceId }) => resourceId, { whole: true }),
  column<Use>('AMOUNT', ({ amount }) => amount, { align: 'right' }),
  column<Use>('USER', ({ userId }) => userId, { whole: true }),
];

/** A number, or that there is none: null. */
function limitOf(text: string): number | null {
  if (text === UNLIMITED) return null;
  try {
    return wholeNumber(0)(text);
  } catch {
    throw new InvalidArgumentError(`Write a whole number, or ${UNLIMITED}.`);
  }
}

const kind = (): Argument => new Argument('<kind>', 'images, vms, vcpus, memory, …: see nubo quota ls');

const whose = (command: Command): Command =>
  command
    .option('--tenant <tenant>', 'of this tenant; default: your own')
    .option('--user <user>', 'of this user');

export function addQuotaCommands(cli: Cli, program: Command): void {
  const parent = program
    .command('quota')
    .description('Quotas: how much there may be, and how much there is.');
  whose(parent.command('ls'))
    .alias('list')
    .description('List limits and what is used.')
    .action(cli.action<[], Whose>(list));
  whose(parent.command('set'))
    .description('Set a limit (administrators).')
    .addArgument(kind())
    .addArgument(
      new Argument('<limit>', `the most there may be; ${UNLIMITED} takes the limit away`).argParser(limitOf),
    )
    .action(cli.action<[Kind, number | null], Whose>(set));
  whose(parent.command('uses'))
    .description('List what uses a quota up.')
    .addArgument(kind())
    .option('--limit <n>', 'how many at most', wholeNumber(1), 1_000)
    .action(cli.action<[Kind], UsesOptions>(uses));
}

async function list(ctx: Context<Whose>): Promise<void> {
  const { quotas, id } = await quotasOf(ctx);
  ctx.out.rows(columns, await ctx.body(quotas.list(ctx.api, id)), 'There are no limits.');
}

async function set(ctx: Context<Whose>, of: Kind, limit: number | null): Promise<void> {
  const { quotas, id } = await quotasOf(ctx);
  const quota = await ctx.body(quotas.set(ctx.api, id, { kind: of, limit, query: ctx.change }));
  const sentence = `${quota.kind}: ${quota.used} used, limit ${quota.limit ?? UNLIMITED}.`;
  conclude(ctx, `Limit of ${quota.kind}`, sentence, quota);
}

async function uses(ctx: Context<UsesOptions>, of: Kind): Promise<void> {
  const { quotas, id } = await quotasOf(ctx);
  const { api } = ctx;
  await showList(ctx, {
    columns: useColumns,
    nothing: 'Nothing uses it.',
    page: (query) => quotas.uses(api, id, { kind: of, ...query }),
  });
}

/** A user's where one is named, else a tenant's: one's own unless named. */
async function quotasOf(ctx: Context<Whose>): Promise<{ quotas: Quotas; id: string }> {
  const { tenant, user } = ctx.options;
  if (tenant && user) throw usage('Say either --tenant or --user.');
  if (user) return { quotas: ofUsers, id: await idOf(ctx, users, user) };
  if (tenant) return { quotas: ofTenants, id: await idOf(ctx, tenants, tenant) };
  const { tenantId } = ctx.session;
  if (tenantId) return { quotas: ofTenants, id: tenantId };
  throw usage('You belong to no tenant: say which with --tenant.');
}
