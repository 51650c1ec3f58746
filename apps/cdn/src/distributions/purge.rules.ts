import { invalidFields, type PurgeKind } from '@nubo/contracts';
import type { Epochs } from '../../../../libs/entities/src/cdn';

/** Above that, all is purged instead: edges look at every rule for every request. */
const MOST_RULES = 256;

/** What instances take. */
const MOST_BYTES = 2_048;
const IS_LED_ELSEWHERE = { prefix: /\/\.{0,2}\//, path: /\/\.{0,2}\/|\/\.{1,2}$/ };

/** The path as edges compare it: decoded. Throws `invalid` for what is the path of no request. */
export function purgedPath(kind: 'prefix' | 'path', path: string): string {
  const refuse = (message: string) => invalidFields([{ field: 'path', message }]);
  if (/[?#]/.test(path)) throw refuse('has no query: all that begin with it go; in a name write %3F and %23');
  const decoded = decodedOf(path);
  if (decoded === undefined) throw refuse('has a % that begins no character; in a name write %25');
  if (IS_LED_ELSEWHERE[kind].test(decoded)) throw refuse('must be written without //, /./ and /../');
  if (decoded.includes('\0')) throw refuse('must not hold a null');
  if (Buffer.byteLength(decoded) > MOST_BYTES) throw refuse(`must have at most ${MOST_BYTES} bytes`);
  return decoded;
}

function decodedOf(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** The epochs after a purge: `all`, of one path, or of all paths that begin with it. An epoch is never used again. */
export function withPurge({ all, rules }: Epochs, kind: PurgeKind, path: string): Epochs {
  const next = Math.max(all, ...rules.map(({ epoch }) => epoch)) + 1;
  if (kind === 'all') return { all: next, rules: [] };
  const others = rules.filter((rule) => rule.kind !== kind || rule.value !== path);
  if (others.length >= MOST_RULES) return { all: next, rules: [] };
  return { all, rules: [...others, { kind, value: path, epoch: next }] };
}
