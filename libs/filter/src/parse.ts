/**
 * The filter language of `?query=`: conditions `field operator value`, all of which must hold, with spaces between.
 * `name=web* state=running metadata.team="the blue ones" createdAt>=2026-05-01`
 */
import type { FilterFields, FilterKind } from '@nubo/contracts';
import { ParseError, Scanner } from './scanner';
import { OPERATORS, type Operator, type Term } from './term';
import { wantedOf } from './values';

const MAX_LENGTH = 1000;
const MAX_TERMS = 20;
const KEY = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;
const LABELS = 'metadata.';

type Named = Pick<Term, 'field' | 'kind' | 'key'>;

/** The conditions of `text` over `fields`. Throws `invalid` that names `query`, the character, and what may stand there. */
export function parseFilter(text: string, fields: FilterFields): Term[] {
  const scanner = new Scanner(text);
  if (text.length > MAX_LENGTH) throw new ParseError(scanner, `is longer than ${MAX_LENGTH} characters`);
  const terms: Term[] = [];
  for (scanner.skipSpaces(); !scanner.atEnd; scanner.skipSpaces()) {
    if (terms.length === MAX_TERMS)
      throw new ParseError(scanner, `there are more than ${MAX_TERMS} conditions`);
    terms.push(termOf(scanner, fields));
  }
  return terms;
}

function termOf(scanner: Scanner, fields: FilterFields): Term {
  const named = fieldOf(scanner, fields);
  const operator = operatorOf(scanner, named.kind);
  const at = scanner.position;
  const wanted = wantedOf(named.kind, scanner.value(), operator);
  if (typeof wanted === 'string') throw new ParseError(scanner, wanted, at);
  return { ...named, operator, wanted };
}

function fieldOf(scanner: Scanner, fields: FilterFields): Named {
  const at = scanner.position;
  const field = scanner.take(/[a-zA-Z][a-zA-Z0-9._-]*/y);
  if (field === undefined) throw new ParseError(scanner, `a field is missing; ${existing(fields)}`);
  const kind = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (kind && kind !== 'labels') return { field, kind };
  const key = field.startsWith(LABELS) ? field.slice(LABELS.length) : undefined;
  if (key !== undefined && fields['metadata'] === 'labels') {
    if (KEY.test(key)) return { field: 'metadata', kind: 'labels', key };
    throw new ParseError(scanner, `${JSON.stringify(key)} is no key of metadata`, at);
  }
  throw new ParseError(scanner, `there is no field ${JSON.stringify(field)}; ${existing(fields)}`, at);
}

/** Which fields there are, in words. */
const existing = (fields: FilterFields): string =>
  `fields are ${Object.entries(fields)
    .map(([name, kind]) => (kind === 'labels' ? `${name}.<key>` : name))
    .join(', ')}`;

const EQUALITY_ONLY: ReadonlySet<FilterKind> = new Set(['uuid', 'flag', 'ip', 'texts']);

function operatorOf(scanner: Scanner, kind: FilterKind): Operator {
  const at = scanner.position;
  const operator = OPERATORS.find((each) => each === scanner.peek(/!=|<=|>=|=|<|>/y));
  if (!operator) throw new ParseError(scanner, `an operator is missing: ${OPERATORS.join(' ')}`);
  scanner.skip(operator.length);
  if (EQUALITY_ONLY.has(kind) && operator !== '=' && operator !== '!=')
    throw new ParseError(scanner, `this field knows = and != only`, at);
  return operator;
}
