/** What a request asks for, taken from its path, query, headers and body. */
import {
  filterOf,
  invalid,
  invalidFields,
  ListInput,
  type FieldError,
  type Principal,
  type RequestContext,
} from '@nubo/contracts';
import { versionOf } from './etag.rules';
import { hasBody, type RouteSpec } from './route';
import { waitMsOf } from './wait.rules';

export type Query = Readonly<Record<string, string | string[] | undefined>>;
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

const unknown = (field: string): FieldError => ({ field, message: 'there is no such field' });
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The query parameters that a route knows. */
export function queryNames(route: RouteSpec): string[] {
  return [...(route.queries ?? []).map(({ name }) => name), ...usualNames(route)];
}

function usualNames({ kind, op, settledBy, streams }: RouteSpec): string[] {
  const paged = op.input.prototype instanceof ListInput || op.input === ListInput;
  if (kind === 'list') return paged ? ['limit', 'after', ...(filterOf(op) ? ['query'] : [])] : [];
  if ((kind === 'read' || kind === 'act') && !streams) return [];
  return settledBy ? ['dryRun', 'wait'] : ['dryRun'];
}

/** The query as single values. Throws `invalid` that names what is unknown or given twice. */
export function singleValues(route: RouteSpec, query: Query): Record<string, string> {
  const known = queryNames(route);
  const errors = Object.entries(query).flatMap(([field, value]): FieldError[] => {
    if (!known.includes(field)) return [{ field, message: 'there is no such query parameter' }];
    if (typeof value !== 'string') return [{ field, message: 'may be given once only' }];
    const { values } = route.queries?.find(({ name }) => name === field) ?? {};
    return values && !values.includes(value)
      ? [{ field, message: `must be one of ${values.join(', ')}` }]
      : [];
  });
  if (errors.length > 0) throw invalidFields(errors);
  return query as Record<string, string>;
}

/** The operation's input, not yet validated. A body may not repeat what the path says. */
export function inputOf(
  route: RouteSpec,
  params: Readonly<Record<string, string>>,
  query: Record<string, string>,
  body: unknown,
): object {
  if (route.kind === 'list') return { ...pagingOf(query), ...params };
  if (!hasBody(route)) return withoutBody({ ...fieldsOf(route, query), ...params }, body);
  if (!isObject(body)) throw invalidFields([{ field: '', message: 'must be a JSON object' }]);
  const repeated = Object.keys(params).filter((name) => Object.hasOwn(body, name));
  if (repeated.length > 0) throw invalidFields(repeated.map(unknown));
  return { ...body, ...params };
}

/** Fields that stand in the query; what is no integer or flag goes on as it is, and is refused as such. */
function fieldsOf({ queries = [] }: RouteSpec, query: Record<string, string>): object {
  const given = queries.filter(({ name, ofGateway }) => query[name] !== undefined && !ofGateway);
  return Object.fromEntries(given.map(({ name, type }) => [name, VALUE[type](query[name] ?? '')]));
}

const VALUE = {
  integer: (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : text),
  string: (text: string) => text,
  boolean: (text: string) => ({ true: true, false: false })[text] ?? text,
};

function pagingOf({ limit, after, query }: Record<string, string>): object {
  return {
    ...(limit !== undefined && { limit: /^\d{1,9}$/.test(limit) ? Number(limit) : NaN }),
    ...(after !== undefined && { after }),
    ...(query !== undefined && { query }),
  };
}

function withoutBody(params: object, body: unknown): object {
  if (isObject(body) && Object.keys(body).length > 0) {
    throw invalidFields(Object.keys(body).map(unknown));
  }
  return { ...params };
}

export interface Caller {
  requestId: string;
  principal: Principal | null;
  address: string;
}

/** The context that goes with the operation. Throws `invalid` on a malformed header or `dryRun`. */
export function contextOf(
  route: RouteSpec,
  caller: Caller,
  headers: Headers,
  query: Record<string, string>,
): RequestContext {
  const { kind } = route;
  return {
    ...caller,
    ...(kind === 'create' && idempotency(headers['idempotency-key'])),
    ...((kind === 'update' || kind === 'delete') && expected(headers['if-match'])),
    ...(dryRun(query['dryRun']) && { dryRun: true }),
  };
}

function idempotency(key: string | string[] | undefined): Pick<RequestContext, 'idempotencyKey'> {
  if (key === undefined) return {};
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return { idempotencyKey: key };
  throw invalid('bad_idempotency_key', 'Idempotency-Key must be 1 to 255 printable ASCII characters.');
}

function expected(ifMatch: string | string[] | undefined): Pick<RequestContext, 'ifMatch'> {
  if (ifMatch === undefined) return {};
  const version = versionOf(String(ifMatch));
  return version === undefined ? {} : { ifMatch: version };
}

function dryRun(value: string | undefined): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true') return true;
  throw invalidFields([{ field: 'dryRun', message: 'must be true or false' }]);
}

/** How long the answer may be held; undefined without `wait`. A dry run has nothing to wait for. */
export function waitOf(query: Record<string, string>): number | undefined {
  const { wait } = query;
  if (wait === undefined) return undefined;
  const ms = waitMsOf(wait);
  return dryRun(query['dryRun']) ? undefined : ms;
}

/** Whether an Accept header wants JSON rather than plain text: it must name JSON, and not prefer text to it. */
export function wantsJson(accept: string | undefined): boolean {
  const weights = new Map((accept ?? '').split(',').map(weighted));
  const json = weights.get('application/json') ?? 0;
  return json > 0 && json >= (weights.get('text/plain') ?? 0);
}

function weighted(range: string): [type: string, weight: number] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  return [type, q === undefined ? 1 : Number(q.slice(2)) || 0];
}
