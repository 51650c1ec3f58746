/** Holds what the platform answers against its OpenAPI document. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { RestAnswer, Watch } from '../../demo/rest-client';

type Json = Record<string, unknown>;
interface Response {
  $ref?: string;
  content?: Record<string, { schema?: Json }>;
}
type Methods = Record<string, { responses: Record<string, Response> }>;
interface Document {
  paths: Record<string, Methods>;
  components: { responses: Record<string, Response>; schemas: Record<string, Json> };
}
interface Template {
  pattern: RegExp;
  parameters: number;
  methods: Methods;
}

/** A watch that throws for an answer that the document does not know: its status, its type, its headers or its body. */
export function documentedAnswers(file = resolve('docs/openapi.json')): Watch {
  const document = JSON.parse(readFileSync(file, 'utf8')) as Document;
  const templates = Object.entries(document.paths).map(templateOf).sort(mostLiteralFirst);
  const check = bodyCheck(document);
  return (method, url, answer) => {
    const path = url.replace(/\?.*$/s, '');
    const asked = `${method} ${path} → ${answer.status}`;
    const methods = templates.find(({ pattern }) => pattern.test(path))?.methods;
    const response = methods?.[method.toLowerCase()]?.responses[answer.status];
    if (!response) throw new Error(`${asked}: the document knows no such answer`);
    const name = response.$ref?.split('/').at(-1);
    const complaint = check(name ? document.components.responses[name] : response, answer);
    if (complaint) throw new Error(`${asked}: ${complaint}: ${answer.body.slice(0, 500)}`);
  };
}

function templateOf([path, methods]: [string, Methods]): Template {
  const pattern = new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
  return { pattern, methods, parameters: path.split('{').length };
}

const mostLiteralFirst = (a: Template, b: Template): number => a.parameters - b.parameters;

type Check = (response: Response | undefined, answer: RestAnswer<string>) => string | undefined;

function bodyCheck(document: Document): Check {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: 'api', components: { schemas: closed(document.components.schemas) } });
  const known = new Map<object, ValidateFunction>();
  const validatorOf = (schema: Json): ValidateFunction => {
    const made = known.get(schema) ?? ajv.compile(rooted(schema));
    known.set(schema, made);
    return made;
  };
  return (response, { headers, body }) => {
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    if (!response?.content) return body === '' ? undefined : 'the document knows no body';
    const media = response.content[type];
    if (!media) return `the document knows no ${type || 'answer without a type'}`;
    if (type === 'text/plain' || !media.schema) return undefined;
    const validator = validatorOf(media.schema);
    return validator(JSON.parse(body)) ? undefined : sayAll(validator.errors ?? []);
  };
}

/** Views are whitelists: what a schema does not name is not shown. Problems carry the numbers of their code. */
function closed(schemas: Record<string, Json>): Record<string, Json> {
  const close = ([name, schema]: [string, Json]): [string, Json] => {
    const isOpen = name === 'Problem' || !('properties' in schema) || 'additionalProperties' in schema;
    return [name, rooted(isOpen ? schema : { ...schema, additionalProperties: false })];
  };
  return Object.fromEntries(Object.entries(schemas).map(close));
}

/** OpenAPI's references as those of a schema under the id `api`. */
const rooted = (schema: Json): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"api#/')) as Json;

const sayAll = (errors: ErrorObject[]): string =>
  errors
    .map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`)
    .slice(0, 5)
    .join('; ');
