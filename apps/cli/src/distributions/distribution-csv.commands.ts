import { Argument, type Command } from 'commander';
import { answerOf } from '../client/answers';
import { cursorIn } from '../client/pages';
import type { Cli } from '../commands/cli';
import type { Context } from '../context';

const PAGE = 1_000;

/** `csv`: the mapping of content, subnet and locations, as the platform writes it. */
export function addDistributionCsv(cli: Cli, parent: Command): void {
  parent
    .command('csv')
    .description('List content, subnet and locations of your distributions as CSV.')
    .addArgument(new Argument('[query...]', 'only what matches, e.g. name=web* locations=loc1'))
    .action(cli.action<[string[]]>(print));
}

async function print(ctx: Context, words: string[]): Promise<void> {
  const { api, out } = ctx;
  let after: string | undefined;
  let isFirst = true;
  do {
    const query = { limit: PAGE, after, query: words.join(' ') || undefined, format: 'csv' as const };
    const page = await answerOf<string>(
      api.GET('/cdn/distributions', { params: { query }, parseAs: 'text' }),
    );
    const lines = (page.data ?? '').trimEnd();
    // Each page begins with the names of the columns.
    const wanted = isFirst ? lines : lines.slice(lines.indexOf('\n') + 1);
    if (isFirst || lines.includes('\n')) out.lines(wanted);
    after = cursorIn(page.response.headers.get('link'));
    isFirst = false;
  } while (after);
}
