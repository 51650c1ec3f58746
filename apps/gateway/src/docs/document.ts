import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { FORM_TYPE } from '@nubo/service';
import { PROBLEM_JSON, Problem } from '../problems/problem';
import { SESSION_SCHEME } from '../rest/route-docs';
import { exampleOf, type Schema } from './examples.rules';
import { allowNulls } from './nulls.rules';

const ABOUT = `The cloud in one API.

**Log in:** \`POST /iaas/sessions\`, then *Authorize* with the token it answers. Programs send it as \`Authorization: <token>\`, with or without \`Bearer\`.

**Lists** are arrays; \`Link: <…>; rel="next"\` leads to the next page. **Changes** answer at once with the resource's \`state\`; \`?wait=30s\` holds the answer until it has settled, \`?dryRun=true\` only checks. PUT merges: what is absent is kept, null clears.

**Versions:** ETag is the version of what people wrote; send it as If-Match to change only what you have seen. **Idempotency-Key** makes POST safe to repeat.

**Errors** are \`application/problem+json\` with a stable \`code\` and a \`requestId\`.`;

interface Media {
  schema?: Schema;
  example?: unknown;
  encoding?: Record<string, { contentType: string }>;
}
interface ProblemResponse {
  description: string;
  content: Record<string, { schema: { $ref: string } }>;
}
interface Response {
  $ref?: string;
  content?: Record<string, Media>;
}
/** One operation of the document; the `x-nubo-` members say which bus operation it is and who may use it. */
export interface DocumentedOperation {
  operationId: string;
  summary?: string;
  tags?: string[];
  security?: object[];
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Response>;
  'x-nubo-operation': string;
  'x-nubo-permission': 'admin' | 'user' | 'anyone';
}
export interface DocumentedRoute {
  readonly method: string;
  readonly path: string;
  readonly operation: DocumentedOperation;
}

const METHODS = ['get', 'post', 'put', 'delete'] as const;

/** Every route of a document of ours. */
export function routesIn(document: OpenAPIObject): DocumentedRoute[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method] as DocumentedOperation | undefined;
      return operation ? [{ method: method.toUpperCase(), path, operation }] : [];
    }),
  );
}

/** The OpenAPI document of the whole REST API, with its examples and errors. */
export function apiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Nubo')
    .setDescription(ABOUT)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, SESSION_SCHEME)
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
    extraModels: [Problem],
  });
  const responses = Object.fromEntries(Object.values(PROBLEMS).map(problemResponse));
  document.components = { ...document.components, responses };
  addExamples(document);
  allowNulls(Object.values(document.components.schemas ?? {}));
  for (const route of routesIn(document)) finish(route);
  return document;
}

const PROBLEMS: Record<string, { name: string; description: string }> = {
  400: { name: 'Invalid', description: 'The request is not valid; `errors` names every bad field.' },
  401: { name: 'Unauthenticated', description: 'No session, or one that has expired or was ended.' },
  403: { name: 'Forbidden', description: 'Not for this user, or the password must be changed first.' },
  404: { name: 'NotFound', description: 'There is none, or none that you may see.' },
  409: { name: 'Conflict', description: 'Taken, in use, or nothing left of a quota or pool.' },
  412: { name: 'Changed', description: 'If-Match names another version than the current one.' },
  413: { name: 'TooLarge', description: 'The body is larger than 1 MiB.' },
  415: { name: 'MediaType', description: 'The body is of a type that the route does not take.' },
  422: { name: 'Unprocessable', description: 'Understood, but it cannot be carried out.' },
  429: { name: 'Limited', description: 'Too many requests; Retry-After says when to come back.' },
  500: { name: 'Internal', description: 'Our fault; the log has the details under the requestId.' },
  503: { name: 'Unavailable', description: 'A part is not there right now; try again after Retry-After.' },
};

function problemResponse({
  name,
  description,
}: {
  name: string;
  description: string;
}): [string, ProblemResponse] {
  const schema = { $ref: '#/components/schemas/Problem' };
  return [name, { description, content: { [PROBLEM_JSON]: { schema } } }];
}

function finish({ method, path, operation }: DocumentedRoute): void {
  for (const status of failuresOf(method, path, operation)) {
    operation.responses[status] = { $ref: `#/components/responses/${PROBLEMS[status]?.name}` };
  }
  if (operation['x-nubo-permission'] === 'anyone') operation.security = [];
  if (operation.operationId === 'createSession') showTextToken(operation);
  showForm(operation);
}

function failuresOf(
  method: string,
  path: string,
  { 'x-nubo-permission': permission }: DocumentedOperation,
): string[] {
  const hasBody = method === 'POST' || method === 'PUT';
  return [
    '400',
    ...(permission === 'anyone' ? ['401'] : ['401', '403']),
    // A body may name what is not there, too.
    ...(path.includes('{') || hasBody ? ['404'] : []),
    ...(method === 'GET' ? [] : ['409', '422']),
    ...(method === 'PUT' || method === 'DELETE' ? ['412'] : []),
    ...(hasBody ? ['413', '415'] : []),
    '429',
    '500',
    '503',
  ];
}

/** Where each schema stands once, so that requests and answers share it. */
function addExamples(document: OpenAPIObject): void {
  const schemas = Object.values(document.components?.schemas ?? {}) as Schema[];
  const examples = schemas.map((schema) => exampleOf(schema, document));
  schemas.forEach((schema, index) => (schema.example = examples[index]));
}

/** The text form of a session is the token alone. */
function showTextToken({ responses }: DocumentedOperation): void {
  const content = responses['201']?.content;
  if (content)
    content['text/plain'] = { schema: { type: 'string' }, example: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIi.c2ln' };
}

/** As a form a body is its field `document`, and a file comes after it. */
function showForm({ requestBody }: DocumentedOperation): void {
  const document = requestBody?.content[FORM_TYPE]?.schema;
  if (!document) return;
  const archive = {
    type: 'string',
    format: 'binary',
    description: 'tar, tar.gz or zip; comes after the document.',
  };
  requestBody.content[FORM_TYPE] = {
    schema: { type: 'object', required: ['document', 'archive'], properties: { document, archive } },
    encoding: { document: { contentType: 'application/json' } },
  };
}
