/** The routes of the checked-in OpenAPI document, as far as tests ask about them. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Permission } from '@nubo/contracts';

export interface Route {
  method: string;
  path: string;
  operation: string;
  permission: Permission;
  /** Whether it can be tried without changing anything. */
  dryRun: boolean;
  /** What its body looks like, references filled in. */
  body?: DocumentedSchema;
}

export interface DocumentedSchema {
  format?: string;
  properties?: Record<string, DocumentedSchema>;
  items?: DocumentedSchema;
}

interface Referring extends DocumentedSchema {
  $ref?: string;
  allOf?: Referring[];
}

interface Documented {
  'x-nubo-operation'?: string;
  'x-nubo-permission'?: Permission;
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema?: Referring }> };
}

interface Document {
  paths: Record<string, Record<string, Documented>>;
  components: { schemas: Record<string, Referring> };
}

const METHODS = ['get', 'post', 'put', 'delete'];

/** All routes of docs/openapi.json. Throws for one that says no permission. */
export function documentedRoutes(): Route[] {
  const document = JSON.parse(readFileSync(resolve('docs/openapi.json'), 'utf8')) as Document;
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, route]) => described(document, [method, path], route)),
  );
}

function described(document: Document, [method, path]: [string, string], route: Documented): Route {
  const { 'x-nubo-operation': operation, 'x-nubo-permission': permission, parameters = [] } = route;
  if (!operation || !permission) throw new Error(`${method} ${path} declares no permission`);
  const dryRun = parameters.some((parameter) => parameter.in === 'query' && parameter.name === 'dryRun');
  const schema = route.requestBody?.content['application/json']?.schema;
  const body = schema && filledIn(schema, document);
  return { method: method.toUpperCase(), path, operation, permission, dryRun, body };
}

function filledIn(schema: Referring, document: Document): DocumentedSchema {
  const { $ref, allOf, properties, items, format } = schema;
  const next = $ref ? document.components.schemas[$ref.split('/').at(-1) ?? ''] : allOf?.[0];
  if (next) return filledIn(next, document);
  const children = Object.entries(properties ?? {}).map(([name, child]) => [name, filledIn(child, document)]);
  return {
    format,
    ...(properties && { properties: Object.fromEntries(children) as Record<string, DocumentedSchema> }),
    ...(items && { items: filledIn(items, document) }),
  };
}
