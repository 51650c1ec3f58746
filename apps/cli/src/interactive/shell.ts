import { candidates } from '../completion/candidates';
import { finderOf } from '../completion/complete';
import { Cli } from '../commands/cli';
import { CliError, sentenceOf } from '../errors';
import { execute } from '../execute';
import { EXIT, type ExitCode } from '../exit-codes';
import { programOf } from '../program';
import type { Runtime } from '../runtime';
import { HistoryFile } from './history.file';
import { LineReader } from './line-reader';
import { rememberable } from './redact.rules';
import { split, wordsOf } from './words.rules';

const LEAVING = new Set(['exit', 'quit']);

/**
 * Commands typed one after the other until `exit` or the end of the input. From a terminal, errors are said and the
 * next line is asked for; lines that are piped in stop at the first that fails, and its exit code is the answer.
 */
export class InteractiveShell {
  private readonly history: HistoryFile;
  private readonly lines: LineReader;
  private readonly cli: Cli;
  private readonly interrupts = new Set<() => void>();

  constructor(
    runtime: Runtime,
    private readonly options: readonly string[] = [],
  ) {
    this.history = new HistoryFile(runtime);
    this.lines = new LineReader(
      runtime,
      runtime.stdout,
      {
        history: this.history.read(),
        completer: (line: string, done: (error: null, found: [string[], string]) => void) =>
          void this.complete(line).then((found) => done(null, found)),
        remember: (line) => this.remember(line),
      },
      () => this.interrupts.forEach((interrupt) => interrupt()),
    );
    this.cli = new Cli(this.listening(runtime), this.lines, true);
  }

  async run(): Promise<ExitCode> {
    if (this.lines.isTerminal) this.cli.runtime.stdout.write('help tells the commands, exit leaves.\n');
    let code: ExitCode = EXIT.ok;
    for (let line = await this.next(); line !== undefined; line = await this.next()) {
      const words = this.parse(line);
      if (words?.length === 1 && LEAVING.has(words[0])) break;
      code = words ? await this.execute(words) : EXIT.usage;
      if (code !== EXIT.ok && !this.lines.isTerminal) break;
    }
    this.lines.close();
    return this.lines.isTerminal ? EXIT.ok : code;
  }

  private next(): Promise<string | undefined> {
    return this.lines.next('nubo> ');
  }

  private parse(line: string): string[] | undefined {
    try {
      const words = wordsOf(line);
      return words[0] === 'nubo' ? words.slice(1) : words;
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      this.cli.runtime.stderr.write(`${sentenceOf(error)}\n`);
      return undefined;
    }
  }

  private async execute(words: readonly string[]): Promise<ExitCode> {
    if (words.length === 0 || words[0].startsWith('#')) return EXIT.ok;
    return execute(this.cli, [...this.options, ...words]);
  }

  private async complete(line: string): Promise<[string[], string]> {
    const { words, current } = split(line);
    const program = programOf(this.cli);
    const found = await candidates(program, words, current, finderOf(this.cli));
    return [found.map((one) => `${one} `), current];
  }

  private remember(line: string): string | undefined {
    const kept = rememberable(programOf(this.cli), line);
    if (kept) this.history.add(kept);
    return kept;
  }

  /** On a terminal in raw mode Ctrl-C is a key, not a signal. */
  private listening(runtime: Runtime): Runtime {
    return {
      ...runtime,
      onInterrupt: (listener) => {
        const stop = runtime.onInterrupt(listener);
        this.interrupts.add(listener);
        return () => {
          stop();
          this.interrupts.delete(listener);
        };
      },
    };
  }
}
