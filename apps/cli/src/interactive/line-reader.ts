import { createInterface, type Completer, type AsyncCompleter, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Asker } from '../asker';
import { interrupted } from '../errors';
import type { Runtime, Terminal } from '../runtime';

export interface Editing {
  readonly history?: string[];
  readonly completer?: Completer | AsyncCompleter;
  /** Told of each line before it is remembered: answers what shall be, or undefined for nothing. */
  remember?(line: string): string | undefined;
}

type Waiter = { resolve(line: string | undefined): void; reject(error: Error): void };

/** Lines of the input, one by one: edited with history on a terminal, else as they come. */
export class LineReader implements Asker {
  private readonly lines: string[] = [];
  private readonly input: Interface;
  private waiter?: Waiter;
  private ended = false;
  private muted = false;
  /** A question is being answered: no command is typed. */
  private asking = false;

  constructor(
    private readonly runtime: Pick<Runtime, 'stdin' | 'stderr'>,
    /** Where what is typed is shown. */
    private readonly screen: Terminal,
    private readonly editing: Editing = {},
    /** Ctrl-C while no line is waited for. */
    private readonly onInterrupt: () => void = () => undefined,
  ) {
    const { history, completer } = editing;
    this.input = createInterface({
      input: runtime.stdin,
      output: this.output(),
      terminal: this.isTerminal,
      ...(history && { history, historySize: 1_000, removeHistoryDuplicates: true }),
      ...(completer && { completer }),
    });
    this.input.on('line', (line) => this.arrived(line));
    this.input.on('close', () => this.finished());
    this.input.on('SIGINT', () => this.stopped());
    this.input.on('history', (lines) => this.remembered(lines));
  }

  get isTerminal(): boolean {
    return this.runtime.stdin.isTTY ?? false;
  }

  /** The next line; undefined at the end of the input. */
  next(prompt: string): Promise<string | undefined> {
    if (this.isTerminal && !this.ended) {
      this.input.setPrompt(prompt);
      this.input.prompt();
    }
    return this.line();
  }

  /** The next line, neither shown nor remembered. Throws `interrupted` at Ctrl-C. */
  async secret(prompt: string): Promise<string | undefined> {
    if (this.isTerminal) this.runtime.stderr.write(`${prompt}: `);
    this.muted = true;
    try {
      return await this.asked(() => this.line());
    } finally {
      this.muted = false;
      if (this.isTerminal) this.runtime.stderr.write('\n');
    }
  }

  /** The next line, shown and not remembered. Throws `interrupted` at Ctrl-C. */
  answer(prompt: string): Promise<string | undefined> {
    return this.asked(() => this.next(prompt));
  }

  close(): void {
    this.input.close();
  }

  private async asked(ask: () => Promise<string | undefined>): Promise<string | undefined> {
    this.asking = true;
    try {
      return await ask();
    } finally {
      this.asking = false;
    }
  }

  private line(): Promise<string | undefined> {
    if (this.lines.length > 0 || this.ended) return Promise.resolve(this.lines.shift());
    return new Promise((resolve, reject) => (this.waiter = { resolve, reject }));
  }

  private arrived(line: string): void {
    const waiter = this.taken();
    if (waiter) waiter.resolve(line);
    else this.lines.push(line);
  }

  private finished(): void {
    this.ended = true;
    this.taken()?.resolve(undefined);
  }

  /** Ctrl-C: gives up what is being typed, or the command that runs. */
  private stopped(): void {
    if (!this.waiter) return this.onInterrupt();
    if (this.asking) return this.taken()?.reject(interrupted('Interrupted.'));
    this.screen.write('^C\n');
    // Ctrl-E, Ctrl-U: what was typed goes away.
    this.input.write(null, { ctrl: true, name: 'e' });
    this.input.write(null, { ctrl: true, name: 'u' });
    this.input.prompt();
  }

  /** readline has put the line in front of the list that it uses: it is changed in place. */
  private remembered(lines: string[]): void {
    const line = lines.shift();
    const kept = line === undefined || this.asking ? undefined : this.keptOf(line);
    if (kept) lines.unshift(kept);
  }

  private keptOf(line: string): string | undefined {
    return this.editing.remember ? this.editing.remember(line) : line;
  }

  private taken(): Waiter | undefined {
    const { waiter } = this;
    this.waiter = undefined;
    return waiter;
  }

  private output(): Terminal {
    const { screen } = this;
    const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
      if (!this.muted) screen.write(chunk);
      done();
    };
    const output = new Writable({ write });
    return Object.defineProperties(output, {
      isTTY: { get: () => screen.isTTY },
      columns: { get: () => screen.columns },
    });
  }
}
