import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { documentedAnswers } from './answers';

const { components } = JSON.parse(readFileSync(resolve('docs/openapi.json'), 'utf8')) as {
  components: { schemas: Record<'VpcView' | 'Problem', { example: object }> };
};
const vpc = components.schemas.VpcView.example;
const problem = components.schemas.Problem.example;
const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';

interface Given {
  status: number;
  body?: unknown;
  type?: string;
}

/** `ok`, or what is wrong with the answer. */
function verdict(asked: string, { status, body, type = 'application/json' }: Given): string {
  const [method = '', path = ''] = asked.split(' ');
  const headers = new Headers(body === undefined ? {} : { 'content-type': type });
  const text = body === undefined ? '' : JSON.stringify(body);
  try {
    documentedAnswers()(method, path, { status, headers, body: text });
    return 'ok';
  } catch (error) {
    return (error as Error).message;
  }
}

const PROBLEM = 'application/problem+json; charset=utf-8';

const LIST = 'GET /iaas/vpcs';
const ONE = `GET /iaas/vpcs/${ID}`;

describe('an answer', () => {
  it.each<[string, Given]>([
    [`${LIST}?limit=7`, { status: 200, body: [vpc, vpc] }],
    [ONE, { status: 200, body: vpc }],
    [`DELETE /iaas/vpcs/${ID}?wait=30s`, { status: 204 }],
    [LIST, { status: 503, body: { ...problem, used: 5 }, type: PROBLEM }],
  ])('of the document is right: %s', (asked, given) => {
    expect(verdict(asked, given)).toBe('ok');
  });

  it.each<[string, string, Given]>([
    ['knows no such answer', LIST, { status: 207, body: [vpc] }],
    ['knows no such answer', 'GET /iaas/nothing', { status: 200, body: [] }],
    ['knows no text/html', LIST, { status: 200, body: [vpc], type: 'text/html' }],
    ['knows no answer without a type', LIST, { status: 200 }],
    ['must be array', LIST, { status: 200, body: vpc }],
    ['{"additionalProperty":"passwordHash"}', ONE, { status: 200, body: { ...vpc, passwordHash: 'x' } }],
    ["must have required property 'state'", ONE, { status: 200, body: { ...vpc, state: undefined } }],
    ['/version must be integer', ONE, { status: 200, body: { ...vpc, version: '3' } }],
    ['/id must match format "uuid"', ONE, { status: 200, body: { ...vpc, id: '7' } }],
    ['/state must be equal to one of', ONE, { status: 200, body: { ...vpc, state: 'odd' } }],
    ["required property 'code'", ONE, { status: 404, body: { ...problem, code: undefined }, type: PROBLEM }],
  ])('that the document does not know is told: %s', (complaint, asked, given) => {
    expect(verdict(asked, given)).toContain(complaint);
  });
});
