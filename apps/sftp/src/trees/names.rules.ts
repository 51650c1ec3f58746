/** Paths as clients write them: bytes, absolute or from the folder where a session starts. */
import { limit } from './refusal';

/** Of a path below its root. */
export const MAX_DEPTH = 32;
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 1024;
/** Where a session starts: files that are dropped there are the site. */
export const HOME = ['site'] as const;

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The names of the folders that lead to it, without `.` and `..`: no link is ever followed, so what `..` means is known
 * from the text alone. Throws a `Refusal` for a path that nothing of ours can have.
 */
export function pathOf(bytes: Buffer): string[] {
  if (bytes.length > MAX_PATH_BYTES) throw limit(`the path is too long: ${MAX_PATH_BYTES} bytes at most`);
  const text = decoded(bytes);
  const names: string[] = text.startsWith('/') ? [] : [...HOME];
  for (const name of text.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(allowed(name));
  }
  if (names.length > MAX_DEPTH + 1) throw limit(`folders are at most ${MAX_DEPTH} deep`);
  return names;
}

export const textOf = (names: readonly string[]): string => `/${names.join('/')}`;

function decoded(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw limit('the name is not UTF-8: rename the file, or set the character set of your client to UTF-8');
  }
}

function allowed(name: string): string {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw limit(`the name is too long: ${MAX_NAME_BYTES} bytes at most`);
  if (/[\p{Cc}\\]/u.test(name)) throw limit('the name holds a control character or a backslash');
  return name;
}
