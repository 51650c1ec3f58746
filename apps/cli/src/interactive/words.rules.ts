import { usage } from '../errors';

export interface Split {
  /** Words that have ended. */
  readonly words: string[];
  /** What is being typed at the end of the line; empty after a blank. */
  readonly current: string;
  /** The quote that is still open. */
  readonly open?: '"' | "'";
}

// A word is a run of: quoted parts, escaped characters, anything that is no blank.
const PART = /'([^']*)('|$)|"((?:\\.|[^"\\])*)("|$)|\\(.?)|([^\s'"\\]+)|(\s+)/gsu;

/** A line as a shell would split it: blanks, quotes, backslashes; nothing is expanded. */
export function split(line: string): Split {
  const words: string[] = [];
  let word: string | undefined;
  let open: Split['open'];
  for (const [, single, singleEnd, double, doubleEnd, escaped, bare, blank] of line.matchAll(PART)) {
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const unescaped = double?.replace(/\\(.)/gs, '$1');
    word = (word ?? '') + (single ?? unescaped ?? escaped ?? bare ?? '');
    if (singleEnd === '') open = "'";
    if (doubleEnd === '') open = '"';
  }
  return { words, current: word ?? '', ...(open && { open }) };
}

/** The words of a whole line. Throws when a quote is left open. */
export function wordsOf(line: string): string[] {
  const { words, current, open } = split(`${line} `);
  if (open) throw usage(`A ${open} is left open.`);
  return current === '' ? words : [...words, current];
}
