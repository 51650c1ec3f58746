// Commands for a POSIX shell, built so that a value can never become syntax.

/** What may stand in a `sh` template. */
export type ShellValue = string | number | bigint | ShellCommand | readonly ShellValue[];

/** A command line whose values are quoted already. Only `sh` and `raw` make one. */
export class ShellCommand {
  /** Keeps a look-alike `{ text }` of unquoted text from being taken for a command. */
  readonly #quoted = true;

  constructor(readonly text: string) {
    if (text.includes('\0')) throw new TypeError('a shell command cannot hold a NUL byte');
  }

  static is(value: unknown): value is ShellCommand {
    return typeof value === 'object' && value !== null && #quoted in value && value.#quoted;
  }
}

/** One word for a POSIX shell, in single quotes. Throws TypeError on a NUL byte, which no argument can hold. */
export function quote(value: string): string {
  if (value.includes('\0')) throw new TypeError('a shell word cannot hold a NUL byte');
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

function render(value: ShellValue): string {
  if (ShellCommand.is(value)) return value.text;
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'bigint') return quote(String(value));
  if (Array.isArray(value)) return (value as readonly ShellValue[]).map(render).join(' ');
  throw new TypeError(
    `a shell command cannot hold a value of type ${value === null ? 'null' : typeof value}`,
  );
}

function refuseQuoted(before: string, after: string): void {
  const mark = before.at(-1);
  if ((mark === "'" || mark === '"') && after.startsWith(mark)) {
    throw new TypeError('a value in a shell template brings its own quotes: take those around it away');
  }
}

/**
 * Template tag: sh`ip link set ${name} mtu ${1450}`. Every value becomes exactly one quoted word, an array one word per
 * item, a ShellCommand is spliced in as it is. The text between is shell, with JavaScript's escapes applied.
 * Throws TypeError on NUL bytes, on null or undefined, and on a value inside quotes of the template.
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): ShellCommand {
  const [first = '', ...rest] = strings;
  const text = rest.reduce((before, after, i) => {
    refuseQuoted(before, after);
    return before + render(values[i]) + after;
  }, first);
  return new ShellCommand(text);
}

/** Shell text taken as it is. For constant scripts only: nothing in it is quoted. */
export function raw(text: string): ShellCommand {
  return new ShellCommand(text);
}
