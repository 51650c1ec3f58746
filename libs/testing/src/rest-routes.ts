import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One route of the checked-in OpenAPI document. */
export interface RestRoute {
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its parameters in braces: `/iaas/vms/{id}`. */
  readonly path: string;
  /** The subject of the operation on the bus. */
  readonly operation: string;
  readonly permission: 'admin' | 'user' | 'anyone';
  /** A body that is accepted, where the route takes one. */
  readonly body?: Readonly<Record<string, unknown>>;
}

interface Operation {
  operationId: string;
  requestBody?: { content: { 'application/json'?: { schema: { $ref: string } } } };
  'x-nubo-operation': string;
  'x-nubo-permission': RestRoute['permission'];
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { example?: RestRoute['body'] }> };
}

const FILE = join(__dirname, '../../../docs/openapi.json');

/** Every route of the REST API with who may use it, from docs/openapi.json (or `file`). */
export function restRoutes(file = FILE): RestRoute[] {
  const document = JSON.parse(readFileSync(file, 'utf8')) as Document;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      operationId: operation.operationId,
      method: method.toUpperCase() as RestRoute['method'],
      path,
      operation: operation['x-nubo-operation'],
      permission: operation['x-nubo-permission'],
      ...bodyOf(operation, document),
    })),
  );
}

function bodyOf({ requestBody }: Operation, { components }: Document): Pick<RestRoute, 'body'> {
  const name = requestBody?.content['application/json']?.schema.$ref.split('/').at(-1);
  const body = name === undefined ? undefined : components.schemas[name]?.example;
  return body ? { body } : {};
}
