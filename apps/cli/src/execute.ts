import { CommanderError } from 'commander';
import type { Cli } from './commands/cli';
import { CliError, usage } from './errors';
import { EXIT, type ExitCode } from './exit-codes';
import { Output } from './output/output';
import { programOf } from './program';

/** Runs one command line, and says what went wrong. Answers the exit code. */
export async function execute(cli: Cli, args: readonly string[]): Promise<ExitCode> {
  try {
    await programOf(cli).parseAsync(withHelp(args), { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const known = cliErrorOf(error);
    if (!known) throw error;
    new Output(cli.runtime, args.includes('--json')).error(known);
    return known.exitCode;
  }
}

/** `help vm add` is `vm add --help`: commander's own help goes one word deep. */
const withHelp = ([first, ...rest]: readonly string[]): string[] =>
  first === 'help' && rest.length > 0
    ? [...rest, '--help']
    : [first, ...rest].filter((word) => word !== undefined);

function cliErrorOf(error: unknown): CliError | undefined {
  if (error instanceof CliError) return error;
  if (!(error instanceof CommanderError)) return undefined;
  if (error.code === 'commander.help') return usage('Say which command: nubo help');
  return usage(sentence(error.message), { hint: 'See: nubo help' });
}

/** commander's `error: unknown command 'vn'\n(Did you mean vm?)` in one line. */
function sentence(message: string): string {
  const text = message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.)?]$/.test(text) ? '' : '.'}`;
}
