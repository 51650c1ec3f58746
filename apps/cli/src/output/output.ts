import { sentenceOf, type CliError } from '../errors';
import type { Runtime, Terminal } from '../runtime';
import type { Column } from './columns';
import { fieldLines } from './fields';
import { paintFor } from './paint';
import { safeJson, safeLines, safeText } from './safe-text';
import { tableOf } from './table';

/** Says things: results on stdout, everything else on stderr; as tables for people or JSON for programs. */
export class Output {
  constructor(
    private readonly runtime: Pick<Runtime, 'stdout' | 'stderr' | 'env'>,
    readonly json: boolean,
  ) {}

  get isTerminal(): boolean {
    return this.runtime.stdout.isTTY ?? false;
  }

  rows<V extends object>(columns: readonly Column<V>[], rows: readonly V[], nothing: string): void {
    if (this.json) return this.document(rows);
    if (rows.length === 0) return this.note(nothing);
    const { stdout, env } = this.runtime;
    this.line(tableOf(columns, rows, { width: widthOf(stdout), paint: paintFor(stdout, env) }));
  }

  view(view: object): void {
    if (this.json) this.document(view);
    else this.line(fieldLines(view));
  }

  /** One sentence about what was done, or the view for programs. */
  done(sentence: string, view: object): void {
    if (this.json) this.document(view);
    else this.line(safeText(sentence));
  }

  /** Text of many lines that came from elsewhere. */
  lines(text: string): void {
    this.line(safeLines(text).replace(/\n$/, ''));
  }

  document(value: unknown): void {
    this.line(safeJson(value));
  }

  /** A remark for people, beside the result. */
  note(sentence: string): void {
    if (!this.json) this.warn(sentence);
  }

  /** A remark that programs must not miss either. */
  warn(sentence: string): void {
    this.runtime.stderr.write(`${safeText(sentence)}\n`);
  }

  error(error: CliError): void {
    if (this.json)
      this.runtime.stderr.write(
        `${safeJson({ ...error.problem, ...(error.hint && { hint: error.hint }) })}\n`,
      );
    else this.warn(sentenceOf(error));
  }

  private line(text: string): void {
    this.runtime.stdout.write(`${text}\n`);
  }
}

const widthOf = ({ isTTY, columns }: Terminal): number | undefined => (isTTY ? (columns ?? 80) : undefined);
