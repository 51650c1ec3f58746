/** A view as lines of `name: value`, whatever fields it has. */
import { cellText } from './table';

type Fields = readonly (readonly [name: string, value: string])[];

/** `stateReason` → `state reason`. */
const spelt = (name: string): string => name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);

const isPlain = (value: unknown): value is string | number | boolean | null | undefined =>
  typeof value !== 'object' || value === null;

function inline(value: unknown): string {
  if (isPlain(value)) return cellText(value);
  if (Array.isArray(value)) return value.length === 0 ? cellText(null) : value.map(inline).join(', ');
  const pairs = Object.entries(value).map(([name, inner]) => `${name}=${inline(inner)}`);
  return pairs.length === 0 ? cellText(null) : pairs.join(' ');
}

function fieldsOf(view: object): Fields {
  return Object.entries(view).flatMap(([name, value]): Fields => {
    const several = Array.isArray(value) && value.length > 0 && !isPlain(value[0]);
    if (!several) return [[spelt(name), inline(value)]];
    return value.map((item: unknown, i) => [i === 0 ? spelt(name) : '', inline(item)] as const);
  });
}

/** The view's fields, one a line, aligned. Lists of things take a line each. */
export function fieldLines(view: object): string {
  const fields = fieldsOf(view);
  const width = Math.max(...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
