/** From the filter language to SQL: names come from the contract and the entity, all values are bound. */
import type { FilterFields, ListOperation, RequestContext } from '@nubo/contracts';
import { parseFilter, type Term, type Wanted } from '@nubo/filter';
import { principalOf } from './access';

/** SQL over the alias of the list's entity: `(vm) => …`. TypeORM finds columns between spaces or parentheses. */
type Expression = (alias: string) => string;
type Column<R> = (keyof R & string) | Expression;

/** The column of every field that the entity does not have under the same name. */
type Columns<F, R> = Readonly<
  Record<Exclude<keyof F, keyof R>, Column<R>> & Partial<Record<keyof F & keyof R, Column<R>>>
>;

/** A condition for `andWhere`: SQL and its parameters. */
export type Condition = [sql: string, parameters: Record<string, unknown>];

/** What a query means to one caller, over an entity's alias. Throws `invalid` that names the character. */
export type CallersFilter = (alias: string, query: string) => Condition[];

/** The fields of a list with their columns. */
export interface ColumnFilter {
  for(ctx: RequestContext): CallersFilter;
}

/**
 * The fields that `op` declares as columns of `entity`; `columns` holds those of another name or made by SQL. A field
 * without a column does not compile.
 */
export function filterOn<R extends object, V extends object, F extends FilterFields>(
  _entity: new () => R,
  { filter: { fields, adminOnly } }: ListOperation<V, F>,
  columns: Columns<F, R>,
): ColumnFilter {
  const open = Object.entries(fields).filter(([name]) => !adminOnly.includes(name));
  const forAll: FilterFields = Object.fromEntries(open);
  const given: Readonly<Record<string, Column<R>>> = columns;
  const sqlOf = (alias: string, field: string): string => {
    const column = given[field] ?? field;
    return typeof column === 'function' ? column(alias) : `${alias}.${column}`;
  };
  return {
    for: (ctx) => {
      const { role } = principalOf(ctx);
      const known = role === 'admin' || role === 'service' ? fields : forAll;
      return (alias, query) =>
        parseFilter(query, known).map((term, n) => conditionOf(term, sqlOf(alias, term.field), `filter${n}`));
    },
  };
}

/** `!=` is true of what is absent, where SQL would not know. */
function conditionOf(term: Term, column: string, name: string): Condition {
  const { key, operator, wanted } = term;
  if (isExactLabel(term)) {
    const sql = `( ${column} @> CAST(:${name} AS jsonb) )`;
    const label = { [term.key]: boundOf(wanted) };
    return [operator === '!=' ? `${sql} IS NOT TRUE` : sql, { [name]: JSON.stringify(label) }];
  }
  const operand = key === undefined ? column : `( ${column} ->> CAST(:${name}key AS text) )`;
  const sql = comparison(term, operand, `:${name}`);
  return [
    operator === '!=' ? `( ${sql} ) IS NOT TRUE` : `( ${sql} )`,
    { [name]: boundOf(wanted), ...(key !== undefined && { [`${name}key`]: key }) },
  ];
}

/** Of containment Postgres has statistics, and walks the table in order where many rows fit; of `->>` it has none. */
const isExactLabel = (term: Term): term is Term & { key: string } =>
  term.key !== undefined &&
  (term.operator === '=' || term.operator === '!=') &&
  term.wanted.type === 'text' &&
  term.wanted.parts.length === 1;

function comparison(term: Term, operand: string, value: string): string {
  const operator = term.operator === '!=' ? '=' : term.operator;
  switch (term.wanted.type) {
    case 'present':
      return term.kind === 'texts' ? `cardinality( ${operand} ) > 0` : `${operand} IS NOT NULL`;
    case 'number':
      return `${operand} ${operator} CAST(${value} AS bigint)`;
    case 'moment':
      // Views show milliseconds, Postgres keeps microseconds.
      return `date_trunc('milliseconds', ${operand} ) ${operator} CAST(${value} AS timestamptz)`;
    case 'flag':
      return `${operand} = CAST(${value} AS boolean)`;
    case 'text':
      return textual(term, term.wanted.parts.length > 1, [operand, value]);
  }
}

function textual({ kind, operator }: Term, isPattern: boolean, [operand, value]: [string, string]): string {
  if (kind === 'texts') {
    const found = `item.text ${isPattern ? 'LIKE' : '='} ${value}`;
    return `EXISTS (SELECT 1 FROM unnest( ${operand} ) AS item(text) WHERE ${found})`;
  }
  if (isPattern) return `CAST( ${operand} AS text) LIKE ${value}`;
  if (operator === '=' || operator === '!=') return `${operand} = ${value}`;
  // The order of code points, whatever the database's locale is.
  return `${operand} COLLATE "C" ${operator} ${value}`;
}

function boundOf(wanted: Wanted): unknown {
  switch (wanted.type) {
    case 'present':
      return null;
    case 'text':
      return wanted.parts.length > 1 ? wanted.parts.map(escaped).join('%') : wanted.parts[0];
    case 'moment':
      return new Date(wanted.ms).toISOString();
    case 'number':
    case 'flag':
      return wanted.value;
  }
}

/** What LIKE would take for something else than itself; backslash is its escape character. */
const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
