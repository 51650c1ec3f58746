import { Argument, type Command } from 'commander';
import type { Schemas } from '../client/views';
import type { Cli } from '../commands/cli';
import type { Context } from '../context';
import { usage } from '../errors';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { tenants } from '../tenants/tenants.noun';

type Quota = Schemas['QuotaView'];
type Kind = Quota['kind'];

interface Whose {
  tenant?: string;
}

const columns: readonly Column<Quota>[] = [
  column<Quota>('KIND', ({ kind }) => kind),
  column<Quota>('USED', ({ used }) => used, { align: 'right' }),
  column<Quota>('LIMIT', ({ limit }) => limit, { align: 'right' }),
];

export function addQuotaCommands(cli: Cli, program: Command): void {
  const parent = program
    .command('quota')
    .description('Quotas: how much there may be, and how much there is.');
  parent
    .command('ls')
    .alias('list')
    .description('List limits and what is used.')
    .option('--tenant <tenant>', 'of this tenant; default: your own')
    .action(cli.action<[], Whose>(list));
  parent
    .command('set')
    .description('Set a limit (administrators).')
    .addArgument(new Argument('<kind>', 'images, vms, vcpus, memory, …'))
    .addArgument(new Argument('<limit>', 'the most there may be').argParser(Number))
    .option('--tenant <tenant>', 'of this tenant')
    .action(cli.action<[Kind, number], Whose>(set));
}

async function list(ctx: Context<Whose>): Promise<void> {
  const params = { path: { id: await tenantOf(ctx) } };
  ctx.out.rows(
    columns,
    await ctx.body(ctx.api.GET('/iaas/tenants/{id}/quotas', { params })),
    'There are no limits.',
  );
}

async function set(ctx: Context<Whose>, kind: Kind, limit: number): Promise<void> {
  const params = { path: { tenantId: await tenantOf(ctx), kind }, query: ctx.change };
  const quota = await ctx.body(
    ctx.api.PUT('/iaas/tenants/{tenantId}/quotas/{kind}', { params, body: { limit } }),
  );
  ctx.out.done(`${quota.kind}: ${quota.used} of ${quota.limit} used.`, quota);
}

async function tenantOf(ctx: Context<Whose>): Promise<string> {
  if (ctx.options.tenant) return idOf(ctx, tenants, ctx.options.tenant);
  const { tenantId } = ctx.session;
  if (tenantId) return tenantId;
  throw usage('You belong to no tenant: say which with --tenant.');
}
