import type { Runtime } from '../runtime';
import { safeText } from './safe-text';

/** One line on stderr that says how far something is: rewritten on a terminal, else written when it changes. */
export class Progress {
  private shown = '';

  constructor(
    private readonly stderr: Runtime['stderr'],
    private readonly quiet: boolean,
  ) {}

  show(text: string): void {
    const line = safeText(text);
    if (this.quiet || line === this.shown) return;
    this.shown = line;
    this.stderr.write(
      this.stderr.isTTY ? `\r${line.slice(0, (this.stderr.columns ?? 80) - 1)}\u001b[K` : `${line}\n`,
    );
  }

  /** Takes the line away from a terminal. */
  end(): void {
    if (this.stderr.isTTY && this.shown) this.stderr.write('\r\u001b[K');
    this.shown = '';
  }
}
