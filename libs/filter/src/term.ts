import type { FilterKind } from '@nubo/contracts';

export const OPERATORS = ['=', '!=', '<', '<=', '>', '>='] as const;
export type Operator = (typeof OPERATORS)[number];

/**
 * What a value must be: there at all (`*`), a text (one part) or a pattern (what stands between its wildcards), a whole
 * number, a moment (milliseconds since 1970) or a flag.
 */
export type Wanted =
  | { readonly type: 'present' }
  | { readonly type: 'text'; readonly parts: readonly string[] }
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'moment'; readonly ms: number }
  | { readonly type: 'flag'; readonly value: boolean };

/** One condition. `!=` is the opposite of `=`: it holds for what is absent, too; no other operator does. */
export interface Term {
  readonly field: string;
  readonly kind: FilterKind;
  /** Of `metadata.<key>`. */
  readonly key?: string;
  readonly operator: Operator;
  readonly wanted: Wanted;
}
