/** What the OpenAPI document says about `?query=` of a list. */
import { ApiExtension, ApiQuery } from '@nestjs/swagger';
import { filterOf, type FilterKind, type ListFilter } from '@nubo/contracts';
import type { RouteSpec } from './route';

/** The parameter with its fields, and `x-nubo-filter` for programs: field → kind. */
export function filterDocs({ op }: RouteSpec): MethodDecorator[] {
  const filter = filterOf(op);
  if (!filter) return [];
  const parameter = {
    name: 'query',
    required: false,
    description: describe(filter),
    schema: { type: 'string', maxLength: 1000, example: 'state=ready name=web*' } as const,
  };
  return [ApiQuery(parameter), ApiExtension('x-nubo-filter', filter.fields)];
}

const LANGUAGE =
  'Only what fits all conditions, with spaces between: `name=web* metadata.team="the blue ones"`. Operators are `=`, `!=`, `<`, `<=`, `>`, `>=`. `*` stands for any text, alone for anything at all; quotes hold spaces, and in them `\\` stands before `"`, `\\` and a literal `*`. What is absent fits `!=` and nothing else.';

function describe({ fields, adminOnly }: ListFilter): string {
  const lines = Object.entries(fields).map(([name, kind]) => {
    const shown = kind === 'labels' ? `${name}.<key>` : name;
    return `\`${shown}\` (${WORDS[kind]}${adminOnly.includes(name) ? ', administrators only' : ''})`;
  });
  return `${LANGUAGE} Fields: ${lines.join(', ')}.`;
}

const WORDS: Record<FilterKind, string> = {
  text: 'text',
  uuid: 'UUID; = and != only',
  int: 'whole number',
  time: 'time, e.g. 2026-05-04T10:00:00Z',
  flag: 'true or false',
  ip: 'IPv4 address; = and != only',
  texts: 'any of several; = and != only',
  labels: 'text',
};
