/** The command `nubo`. The only file that touches the process. */
import { homedir } from 'node:os';
import type { Asker } from './asker';
import { Cli } from './commands/cli';
import { complete } from './completion/complete';
import { execute } from './execute';
import { EXIT, type ExitCode } from './exit-codes';
import { LineReader } from './interactive/line-reader';
import { InteractiveShell } from './interactive/shell';
import type { Runtime } from './runtime';

const runtime: Runtime = {
  env: process.env,
  home: homedir(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt: (listener) => {
    process.on('SIGINT', listener);
    return () => void process.off('SIGINT', listener);
  },
};

/** While a terminal is in raw mode Ctrl-C is a key. */
const asSignal = (): void => void process.emit('SIGINT');

/** One command line; what it asks for is read from stdin. */
async function once(args: readonly string[]): Promise<ExitCode> {
  let lines: LineReader | undefined;
  const reader = (): LineReader => (lines ??= new LineReader(runtime, runtime.stderr, {}, asSignal));
  const asker: Asker = {
    isTerminal: runtime.stdin.isTTY ?? false,
    secret: (prompt) => reader().secret(prompt),
    answer: (prompt) => reader().answer(prompt),
  };
  const cli = new Cli(runtime, asker);
  try {
    return args[0] === '__complete' ? await completed(cli, args.slice(1)) : await execute(cli, args);
  } finally {
    lines?.close();
  }
}

async function completed(cli: Cli, words: readonly string[]): Promise<ExitCode> {
  await complete(cli, words);
  return EXIT.ok;
}

const isEnd = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EPIPE';

// `nubo vm ls | head`: nobody reads any more.
process.stdout.on('error', (error) => {
  if (!isEnd(error)) throw error;
  process.exit(EXIT.ok);
});

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const alone = args.every((arg) => arg === '--json');
  process.exitCode = await (alone ? new InteractiveShell(runtime, args).run() : once(args));
}

void main();
