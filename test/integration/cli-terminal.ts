import { spawn, type ChildProcess } from 'node:child_process';
import { eventually } from '@nubo/testing';
import { BIN, type CliProcesses } from './cli-process';

/** `nubo` on a terminal of its own: script(1) of bsdutils, which every Debian has, makes the terminal. */
export class CliTerminal {
  private shown = '';
  private seen = 0;
  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.shown += text));
  }

  /** `args` are words without blanks or quotes. */
  static open({ environment }: CliProcesses, args: readonly string[] = []): CliTerminal {
    const command = ['stty cols 100; exec', process.execPath, BIN, ...args].join(' ');
    const env = { ...environment, TERM: 'xterm', SHELL: '/bin/sh' };
    return new CliTerminal(spawn('script', ['-qfec', command, '/dev/null'], { env }));
  }

  /** All that was shown, without the codes that move and colour. */
  get text(): string {
    return plain(this.shown);
  }

  /** Types keys after waiting for `text`, shown since the last time. */
  async after(text: string, keys: string): Promise<void> {
    await this.waitFor(text);
    this.child.stdin?.write(keys);
  }

  /** Waits until `text` is shown behind what was waited for before. */
  async waitFor(text: string): Promise<void> {
    await eventually(() => this.text.indexOf(text, this.seen) >= 0, { withinMs: 20_000 }).catch(() => {
      throw new Error(`“${text}” was not shown, but: ${this.text.slice(this.seen)}`);
    });
    this.seen = this.text.indexOf(text, this.seen) + text.length;
  }

  /** The exit code, once the program has ended. */
  async end(): Promise<number | null> {
    await eventually(() => this.child.exitCode !== null, { withinMs: 20_000 });
    return this.child.exitCode;
  }

  close(): void {
    this.child.kill('SIGKILL');
  }
}

const ESCAPES = /\p{Cc}\[[\d;?]*[A-Za-z]/gu;

const plain = (text: string): string => text.replace(ESCAPES, '');
