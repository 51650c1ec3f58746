import { Option, type Command } from 'commander';
import type { Schemas } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { finish } from '../commands/finish';
import { showList, type ListOptions } from '../commands/listing';
import { wholeNumber } from '../commands/parsers';
import type { Context } from '../context';
import { second } from '../nouns/columns';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { vms } from './vms.noun';

type Entry = Schemas['VmTimelineEntry'];

const timeline: readonly Column<Entry>[] = [
  column<Entry>('AT', ({ at }) => second(at), { whole: true }),
  column<Entry>('WHAT', ({ event }) => event, { whole: true }),
  column<Entry>('DETAIL', ({ detail }) => detail),
  column<Entry>('USER', ({ userId }) => userId),
  column<Entry>('REQUEST', ({ requestId }) => requestId),
];

interface Reading {
  lines?: number;
}

interface Reboot {
  hard?: boolean;
}

/** What happens, and what has happened, to a VM that is there. */
export function addVmLife(cli: Cli, parent: Command): void {
  parent
    .command('reboot')
    .description('Reboot a VM.')
    .addArgument(naming(vms))
    .option('--hard', 'cut the power instead of asking the guest first')
    .action(cli.action<[string], Reboot>(reboot));
  parent
    .command('usage')
    .description('Show what a VM has used: processor time, disk and network.')
    .addArgument(naming(vms))
    .action(cli.action<[string]>(showUsage));
  parent
    .command('console')
    .description('Show the last lines of a VM’s console.')
    .addArgument(naming(vms))
    .option('--lines <n>', 'how many, at most 1000; default: 100', wholeNumber(1))
    .action(cli.action<[string], Reading>(showConsole));
  parent
    .command('timeline')
    .description('Tell what happened to a VM, newest first.')
    .addArgument(naming(vms))
    .addOption(new Option('--limit <n>', 'how many at most').argParser(wholeNumber(1)).default(50))
    .action(cli.action<[string], ListOptions>(tellTimeline));
}

async function reboot(ctx: Context<Reboot>, text: string): Promise<void> {
  const path = { id: await idOf(ctx, vms, text) };
  const body = ctx.options.hard ? { hard: true } : {};
  const params = { path, ...ctx.creation };
  await finish(ctx, vms, await ctx.body(ctx.api.POST('/iaas/vms/{id}/reboots', { params, body })));
}

async function showUsage(ctx: Context, text: string): Promise<void> {
  const path = { id: await idOf(ctx, vms, text) };
  ctx.out.view(await ctx.body(ctx.api.GET('/iaas/vms/{id}/usage', { params: { path } })));
}

async function showConsole(ctx: Context<Reading>, text: string): Promise<void> {
  const path = { id: await idOf(ctx, vms, text) };
  const query = { lines: ctx.options.lines };
  const view = await ctx.body(ctx.api.GET('/iaas/vms/{id}/console', { params: { path, query } }));
  if (ctx.out.json) ctx.out.document(view);
  else if (view.text === '') ctx.out.note('Its console has said nothing yet.');
  else ctx.out.lines(view.text);
}

async function tellTimeline(ctx: Context<ListOptions>, text: string): Promise<void> {
  const path = { id: await idOf(ctx, vms, text) };
  const { api } = ctx;
  await showList(ctx, {
    columns: timeline,
    nothing: 'Nothing is known of it.',
    page: (query) => api.GET('/iaas/vms/{id}/timeline', { params: { path, query } }),
  });
}
