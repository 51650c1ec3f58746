import type { OpenAPIObject } from '@nestjs/swagger';
import { STREAM_TYPE } from '@nubo/service';
import { routesIn, type DocumentedRoute } from '../docs/document';
import { exampleOf, type Schema } from '../docs/examples.rules';

const schemaOf = (content: Record<string, { schema?: Schema }> | undefined): Schema | undefined =>
  content?.['application/json']?.schema;

/** An answer of every operation that the document shows: subject → output. */
export function exampleAnswers(document: OpenAPIObject): Map<string, object> {
  return new Map(
    routesIn(document).map(({ operation }) => {
      const success = Object.entries(operation.responses).find(([status]) => /^2/.test(status))?.[1];
      const schema = schemaOf(success?.content);
      const example = schema ? exampleOf(schema, document) : {};
      const streams = operation.requestBody?.content[STREAM_TYPE] !== undefined;
      const answer = Array.isArray(example) ? { items: example } : (example as object);
      return [operation['x-nubo-operation'], streams ? admitting(answer) : answer];
    }),
  );
}

/** What is answered to who wants to send a stream. */
const admitting = (image: object): object => ({ url: 'http://127.0.0.1:1/', ticket: 'example', image });

/** A body that fits a route; undefined when it takes none. */
export function exampleBody({ operation }: DocumentedRoute, document: OpenAPIObject): object | undefined {
  const schema = schemaOf(operation.requestBody?.content);
  return schema && (exampleOf(schema, document) as object);
}

/** The route's path with its parameters filled in, and what its query must have. */
export function examplePath({ path, operation }: DocumentedRoute, document: OpenAPIObject): string {
  const needed =
    operation.parameters?.filter(({ in: place, required }) => place === 'query' && required) ?? [];
  const query = needed.map(({ name, schema }) => `${name}=${String(exampleOf(schema ?? {}, document))}`);
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const schema = operation.parameters?.find((parameter) => parameter.name === name)?.schema ?? {};
    return String(exampleOf(schema, document));
  });
  return query.length > 0 ? `${filled}?${query.join('&')}` : filled;
}
