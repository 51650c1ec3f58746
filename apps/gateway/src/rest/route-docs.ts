/** What the OpenAPI document says about a route, from its {@link RouteSpec} alone. */
import { applyDecorators } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiExtension,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiQuery,
  ApiResponse,
  OmitType,
  type ApiQueryOptions,
  type ApiResponseOptions,
} from '@nestjs/swagger';
import { Nothing, QUOTA_KINDS, type Type } from '@nubo/contracts';
import { queryNames } from './asked.rules';
import { FORM_TYPE, STREAM_TYPE } from '@nubo/service';
import { filterDocs } from './filter-docs';
import { hasBody, parametersOf, permissionOf, type QueryField, type RouteSpec } from './route';

/** The name of the security scheme in the document. */
export const SESSION_SCHEME = 'session';

export function documented(spec: RouteSpec): MethodDecorator {
  return applyDecorators(
    ApiOperation({ summary: spec.summary, ...(spec.description && { description: spec.description }) }),
    ApiExtension('x-nubo-operation', spec.op.subject),
    ApiExtension('x-nubo-permission', permissionOf(spec)),
    ...(permissionOf(spec) === 'anyone' ? [] : [ApiBearerAuth(SESSION_SCHEME)]),
    ...parametersOf(spec.path).map(pathParameter),
    ...(spec.queries ?? []).map(queryParameter),
    ...queryNames(spec)
      .flatMap((name) => QUERY[name] ?? [])
      .map((query) => ApiQuery(query)),
    ...filterDocs(spec),
    ...headers(spec),
    ...(hasBody(spec) ? [ApiBody({ type: bodyType(spec), required: true })] : []),
    ...(spec.forms ? [ApiConsumes('application/json', FORM_TYPE)] : []),
    ...(spec.streams
      ? [ApiConsumes(STREAM_TYPE), ApiBody({ schema: { type: 'string', format: 'binary' } })]
      : []),
    ...(spec.plainText ? [ApiProduces('text/plain', 'application/json')] : []),
    ...responses(spec),
  );
}

const pathParameter = (name: string): MethodDecorator =>
  name === 'kind'
    ? ApiParam({ name, schema: { type: 'string', enum: [...QUOTA_KINDS] } })
    : ApiParam({ name, schema: { type: 'string', format: 'uuid' } });

const queryParameter = ({
  name,
  type,
  description,
  values,
  required = false,
}: QueryField): MethodDecorator => {
  const limits = { ...(type === 'integer' && { minimum: 0 }), ...(values && { enum: [...values] }) };
  return ApiQuery({ name, description, required, schema: { type, ...limits } });
};

const QUERY: Record<string, ApiQueryOptions> = {
  limit: {
    name: 'limit',
    required: false,
    description: 'How many at most; default 100.',
    schema: { type: 'integer', minimum: 1, maximum: 1000 },
  },
  after: {
    name: 'after',
    required: false,
    description: 'The cursor; follow the Link header rather than making one.',
    schema: { type: 'string', maxLength: 500 },
  },
  dryRun: {
    name: 'dryRun',
    required: false,
    description: 'Check everything, change nothing.',
    schema: { type: 'boolean' },
  },
  wait: {
    name: 'wait',
    required: false,
    description: 'Hold the answer until the resource has settled, at most this long: 500ms, 30s, 2m.',
    schema: { type: 'string', pattern: '^\\d{1,6}(ms|s|m)$', example: '30s' },
  },
};

function headers({ kind, view, path }: RouteSpec): MethodDecorator[] {
  if (kind === 'create')
    return [optionalHeader('Idempotency-Key', 'The same key and body give the same answer.')];
  // What is gone at once shows no view, but had a version.
  if (!isVersioned(view) && !(kind === 'delete' && path === ':id')) return [];
  if (kind === 'read') {
    const text =
      'An ETag: 304 while the version is the same. State changes by the platform make no new version.';
    return [optionalHeader('If-None-Match', text)];
  }
  if (kind === 'update' || kind === 'delete') {
    return [optionalHeader('If-Match', 'An ETag: 412 when the resource has another version by now.')];
  }
  return [];
}

const optionalHeader = (name: string, description: string): MethodDecorator =>
  ApiHeader({ name, description, required: false, schema: { type: 'string' } });

/** What the operation takes, less what the path says; keeps its name. */
function bodyType({ op, path }: RouteSpec): Type<object> {
  const names = parametersOf(path) as never[];
  if (names.length === 0) return op.input;
  const body = OmitType(op.input, names) as Type<object>;
  return Object.defineProperty(body, 'name', { value: op.input.name });
}

/** Properties that @nestjs/swagger has noted on a class (`:version`). */
function isVersioned(view: Type<object>): boolean {
  const names: unknown = Reflect.getMetadata('swagger/apiModelPropertiesArray', prototypeOf(view));
  return Array.isArray(names) && names.includes(':version');
}

const prototypeOf = (view: Type<object>): object => (view as unknown as { prototype: object }).prototype;

function responses(spec: RouteSpec): MethodDecorator[] {
  const { kind, view, status } = spec;
  const shown = { type: view, isArray: kind === 'list', description: DESCRIPTIONS[kind] };
  const all: ApiResponseOptions[] = [
    view === Nothing
      ? { status: 204, description: 'Done.' }
      : { ...shown, status, headers: answerHeaders(spec) },
  ];
  if (kind === 'read' && isVersioned(view))
    all.push({ status: 304, description: 'The version is the same.' });
  if (kind === 'delete' && spec.settledBy)
    all.push({ status: 204, description: 'It is gone (with `wait`).' });
  if ((kind === 'create' || kind === 'delete') && view !== Nothing) {
    all.push({ type: view, status: 200, description: 'After a dry run: what would be.' });
  }
  return all.map((response) => ApiResponse(response));
}

const DESCRIPTIONS: Record<RouteSpec['kind'], string> = {
  list: 'One page.',
  read: 'As it is now.',
  create: 'Accepted; `state` says how far it is.',
  update: 'Accepted, as it is now.',
  delete: 'Accepted; it is being taken down.',
  act: 'Done.',
};

function answerHeaders({ kind, view, locatedBy }: RouteSpec): ApiResponseOptions['headers'] {
  const text = (description: string) => ({ description, schema: { type: 'string' as const } });
  return {
    ...(kind === 'list' && { Link: text('The next page, if there is one: `<…>; rel="next"`.') }),
    ...(['read', 'create', 'update'].includes(kind) &&
      isVersioned(view) && { ETag: text('The version, for If-Match.') }),
    ...(kind === 'create' && locatedBy && { Location: text('The path of what was created.') }),
  };
}
