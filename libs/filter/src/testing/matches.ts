/** The meaning of a filter without a database, for comparison. */
import type { Operator, Term, Wanted } from '../term';

type Row = Readonly<Record<string, unknown>>;

/** Whether a row, whose times are ISO texts and whose names are those of the fields, fits all of `terms`. */
export const matches = (terms: readonly Term[], row: Row): boolean => terms.every((term) => holds(term, row));

function holds({ field, key, operator, wanted }: Term, row: Row): boolean {
  const value = key === undefined ? row[field] : label(row[field], key);
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  const present = values.filter((each) => each !== null && each !== undefined);
  const any = present.some((each) => compares(operator === '!=' ? '=' : operator, each, wanted));
  return operator === '!=' ? !any : any;
}

const label = (labels: unknown, key: string): unknown =>
  Object.entries(labels as object).find(([name]) => name === key)?.[1];

function compares(operator: Operator, value: unknown, wanted: Wanted): boolean {
  switch (wanted.type) {
    case 'present':
      return true;
    case 'flag':
      return value === wanted.value;
    case 'number':
      return ordered(operator, Number(value) - wanted.value);
    case 'moment':
      return ordered(operator, Date.parse(String(value)) - wanted.ms);
    case 'text':
      return operator === '='
        ? fits(String(value), wanted.parts)
        : ordered(operator, Buffer.compare(Buffer.from(String(value)), Buffer.from(wanted.parts[0] ?? '')));
  }
}

function ordered(operator: Operator, difference: number): boolean {
  if (operator === '<') return difference < 0;
  if (operator === '<=') return difference <= 0;
  if (operator === '>') return difference > 0;
  if (operator === '>=') return difference >= 0;
  return difference === 0;
}

function fits(value: string, parts: readonly string[]): boolean {
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'su').test(value);
}
