import type { Command } from 'commander';
import type { Schemas } from '../client/views';
import type { Cli } from '../commands/cli';
import { addListOptions } from '../commands/standard';
import { showList, type ListOptions } from '../commands/listing';
import type { Context } from '../context';
import { second } from '../nouns/columns';
import { column, type Column } from '../output/columns';

type Entry = Schemas['AuditView'];

const columns: readonly Column<Entry>[] = [
  column<Entry>('AT', ({ at }) => second(at), { whole: true }),
  column<Entry>('ACTION', ({ action }) => action, { whole: true }),
  column<Entry>('RESULT', ({ result, code }) => code ?? result, { whole: true }),
  column<Entry>('USER', ({ userId }) => userId),
  column<Entry>('RESOURCE', ({ resourceId }) => resourceId),
  column<Entry>('FROM', ({ address }) => address),
  column<Entry>('REQUEST', ({ requestId }) => requestId),
];

/** `audit ls`. */
export function addAuditCommands(cli: Cli, program: Command): void {
  const parent = program.command('audit').description('Audit: who did what, from where, with which result.');
  const list = parent
    .command('ls')
    .alias('list')
    .summary('list who did what')
    .description(
      'List who did what, newest first: yourself; as an owner, your tenant; as an administrator, everybody.',
    );
  addListOptions(list, 'e.g. action=compute.vms.* result=refused at>2026-05-04T10:00:00Z', 50).action(
    cli.action<[string[]], ListOptions>(show),
  );
}

async function show(ctx: Context<ListOptions>, words: string[]): Promise<void> {
  const { api } = ctx;
  await showList(ctx, {
    columns,
    query: words.join(' '),
    nothing: 'Nobody did such a thing.',
    page: (query) => api.GET('/iaas/audit', { params: { query } }),
  });
}
