import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callableBy, isForPeople } from '@nubo/contracts';
import { validated } from '@nubo/messaging';
import type { OpenAPIObject } from '@nestjs/swagger';
import { exampleBody, examplePath } from '../testing/examples';
import { isUnderWay } from '../rest/settling';
import { routesIn, type DocumentedOperation } from './document';
import { openApiDocument } from './offline';

describe('the OpenAPI document', () => {
  let document: OpenAPIObject;
  beforeAll(async () => {
    document = await openApiDocument();
  });

  it('is the one that is checked in (else: npm run openapi)', () => {
    const file = join(__dirname, '../../../../docs/openapi.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(document);
  });

  it('shows every operation that people may ask for, and each once', () => {
    const shown = routesIn(document).map(({ operation }) => operation['x-nubo-operation']);
    expect(shown.sort()).toEqual(
      callableBy('gateway')
        .filter(isForPeople)
        .map(({ subject }) => subject)
        .sort(),
    );
  });

  it('tells of every state whether the platform still works at it', () => {
    /** Until somebody asks for something, sends something, or a host answers again. */
    const settled = [
      'ready',
      'active',
      'running',
      'stopped',
      'pending',
      'error',
      'uploading',
      'suspect',
      'down',
    ];
    const states = routesIn(document)
      .filter(({ operation }) => JSON.stringify(operation.parameters).includes('"wait"'))
      .flatMap(({ operation }) => statesIn(operation));
    expect(states.length).toBeGreaterThan(100);
    const unknown = states.filter((state) => isUnderWay({ state }) === settled.includes(state));
    expect(unknown).toEqual([]);
  });

  /** The states of what a route answers. */
  function statesIn({ responses }: DocumentedOperation): string[] {
    const answer = responses['200'] ?? responses['201'] ?? responses['202'];
    const [, name = ''] = /"\$ref":"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(answer)) ?? [];
    const schema = document.components?.schemas?.[name] ?? {};
    const { properties } = schema as { properties?: { state?: { enum?: string[] } } };
    return properties?.state?.enum ?? [];
  }

  it('lets people wait wherever they are answered what the platform is still making or changing', () => {
    const changing = routesIn(document).filter(({ method, operation }) => {
      const states = statesIn(operation);
      return method !== 'GET' && states.some((state) => ['creating', 'updating'].includes(state));
    });
    expect(changing.length).toBeGreaterThan(20);
    const without = changing.filter(
      ({ operation }) => !JSON.stringify(operation.parameters).includes('"wait"'),
    );
    expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  it('has names of its own for all operations', () => {
    const ids = routesIn(document).map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('resolves every reference in it', () => {
    const names = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]*)"/g)].map(
      (match) => match[1] ?? '',
    );
    const broken = names.filter((name) => {
      const found = name
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
      return found === undefined;
    });
    expect(names.length).toBeGreaterThan(100);
    expect(broken).toEqual([]);
  });

  it('shows bodies that would be accepted', async () => {
    const operations = new Map(callableBy('gateway').map((op) => [op.subject, op]));
    for (const route of routesIn(document)) {
      const op = operations.get(route.operation['x-nubo-operation']);
      const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
      const [path = '', query] = examplePath(route, document).split('?');
      const [values, places] = [path.split('/'), route.path.split('/')];
      const queried = Object.fromEntries(
        [...new URLSearchParams(query)].map(([n, value]) => [n, Number(value)]),
      );
      const params = Object.fromEntries(names.map((name) => [name, values[places.indexOf(`{${name}}`)]]));
      const input = { ...exampleBody(route, document), ...queried, ...params };
      if (op) await expect(validated(op.input, input)).resolves.toBeDefined();
    }
  });

  it('shows problems for everything that is refused', () => {
    const bare = routesIn(document).flatMap(({ operation }) =>
      Object.entries(operation.responses)
        .filter(([status, { $ref }]) => Number(status) >= 400 && !$ref?.startsWith('#/components/responses/'))
        .map(([status]) => `${operation.operationId} ${status}`),
    );
    expect(bare).toEqual([]);
  });
});
