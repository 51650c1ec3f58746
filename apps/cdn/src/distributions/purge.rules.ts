import type { PurgeKind } from '@nubo/contracts';
import type { Epochs } from '../../../../libs/entities/src/cdn';

/** Above that, all is purged instead: edges look at every rule for every request. */
const MOST_RULES = 256;

/** The epochs after a purge: `all`, of one path, or of all paths that begin with it. An epoch is never used again. */
export function withPurge({ all, rules }: Epochs, kind: PurgeKind, path: string): Epochs {
  const next = Math.max(all, ...rules.map(({ epoch }) => epoch)) + 1;
  if (kind === 'all') return { all: next, rules: [] };
  const others = rules.filter((rule) => rule.kind !== kind || rule.value !== path);
  if (others.length >= MOST_RULES) return { all: next, rules: [] };
  return { all, rules: [...others, { kind, value: path, epoch: next }] };
}
