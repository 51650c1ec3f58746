import { invalidFields, NuboError } from '@nubo/contracts';

/** Reads a text from left to right. */
export class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** As people count: the first character is 1, and one outside the BMP is one. */
  get position(): number {
    return [...this.text.slice(0, this.at)].length + 1;
  }

  /** What the sticky `pattern` finds here. */
  peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text)?.[0];
  }

  take(pattern: RegExp): string | undefined {
    const found = this.peek(pattern);
    this.skip(found?.length ?? 0);
    return found;
  }

  skip(length: number): void {
    this.at += length;
  }

  skipSpaces(): void {
    this.take(/\s*/y);
  }

  /** A value as the texts between its wildcards; one without wildcards is one text. */
  value(): string[] {
    const parts = this.peek(/"/y) ? this.quoted() : this.bare();
    if (!this.atEnd && !this.peek(/\s/y)) throw new ParseError(this, 'a space is missing');
    return parts;
  }

  private bare(): string[] {
    const text = this.take(/[^\s"]+/y);
    if (text === undefined) throw new ParseError(this, 'a value is missing; an empty one is ""');
    return text.split(/\*+/);
  }

  private quoted(): string[] {
    const start = this.position;
    this.skip(1);
    const parts = [''];
    for (;;) {
      const at = this.position;
      const next = this.take(/\\[^]|[^]/y);
      if (next === undefined) throw new ParseError(this, 'the closing " is missing', start);
      if (next === '"') return parts.filter((part, n) => part !== '' || n === 0 || n === parts.length - 1);
      if (next === '*') parts.push('');
      else parts.push((parts.pop() ?? '') + this.unescaped(next, at));
    }
  }

  private unescaped(character: string, at: number): string {
    if (!character.startsWith('\\')) return character;
    if (/^\\["\\*]$/.test(character)) return character.slice(1);
    throw new ParseError(this, 'inside quotes \\ stands before ", \\ or * only', at);
  }
}

/** `invalid` that names `query` and the character, counted from 1. */
export class ParseError extends NuboError {
  constructor(scanner: Scanner, message: string, at = scanner.position) {
    const {
      kind,
      code,
      message: whole,
      details,
    } = invalidFields([{ field: 'query', message: `at character ${at}: ${message}` }]);
    super(kind, code, whole, { details });
  }
}
