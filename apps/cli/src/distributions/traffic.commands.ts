import type { Command } from 'commander';
import type { Schemas } from '../client/views';
import { naming } from '../commands/arguments';
import type { Cli } from '../commands/cli';
import { wholeNumber } from '../commands/parsers';
import type { Context } from '../context';
import { bytes, minute } from '../nouns/columns';
import { column, type Column } from '../output/columns';
import { idOf } from '../resolve/resolve';
import { distributions } from './distributions.noun';

type Minute = Schemas['TrafficMinute'];

interface Reading {
  minutes?: number;
}

const columns: readonly Column<Minute>[] = [
  column<Minute>('MINUTE', (of) => minute(of.minute), { whole: true }),
  column<Minute>('LOCATION', ({ location }) => location, { whole: true }),
  column<Minute>('REQUESTS', ({ requests }) => requests, { align: 'right', whole: true }),
  column<Minute>('BYTES', (of) => bytes(of.bytes), { align: 'right', whole: true }),
  column<Minute>('HITS', ({ hits }) => hits, { align: 'right', whole: true }),
  column<Minute>('ERRORS', ({ errors }) => errors, { align: 'right', whole: true }),
  column<Minute>('INSTANCE', ({ instanceId }) => instanceId),
];

export function addTraffic(cli: Cli, parent: Command): void {
  parent
    .command('traffic')
    .description('Show what edges answered, by minute.')
    .addArgument(naming(distributions, '<distribution>'))
    .option('--minutes <n>', 'how many of the last minutes, at most 1440; default: 60', wholeNumber(1))
    .action(cli.action<[string], Reading>(show));
}

async function show(ctx: Context<Reading>, text: string): Promise<void> {
  const path = { id: await idOf(ctx, distributions, text) };
  const query = { minutes: ctx.options.minutes };
  const view = await ctx.body(ctx.api.GET('/cdn/distributions/{id}/traffic', { params: { path, query } }));
  if (ctx.out.json) ctx.out.document(view);
  else ctx.out.rows(columns, view.minutes, 'Nothing was asked for.');
}
