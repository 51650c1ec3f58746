import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { documentedAnswers } from './answers';

const { components } = JSON.parse(readFileSync(resolve('docs/openapi.json'), 'utf8')) as {
  components: { schemas: Record<'VpcView' | 'Problem', { example: object }> };
};
const vpc = components.schemas.VpcView.example;
const problem = components.schemas.Problem.example;
const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';

/** `ok`, or what is wrong with the answer. */
function verdict(
  method: string,
  path: string,
  status: number,
  body?: unknown,
  type = 'application/json',
): string {
  const headers = new Headers(body === undefined ? {} : { 'content-type': type });
  try {
    documentedAnswers()(method, path, {
      status,
      headers,
      body: body === undefined ? '' : JSON.stringify(body),
    });
    return 'ok';
  } catch (error) {
    return (error as Error).message;
  }
}

const PROBLEM = 'application/problem+json; charset=utf-8';

describe('an answer', () => {
  it.each([
    ['GET', '/iaas/vpcs?limit=7', 200, [vpc, vpc]],
    ['GET', `/iaas/vpcs/${ID}`, 200, vpc],
    ['DELETE', `/iaas/vpcs/${ID}?wait=30s`, 204, undefined],
  ])('of the document is right: %s %s → %i', (method, path, status, body) => {
    expect(verdict(method, path, status, body)).toBe('ok');
  });

  it('may be a problem with the numbers of its code', () => {
    expect(verdict('GET', '/iaas/vpcs', 503, { ...problem, used: 5 }, PROBLEM)).toBe('ok');
  });

  it.each<[string, string, number, unknown, string?]>([
    ['knows no such answer', '/iaas/vpcs', 207, [vpc]],
    ['knows no such answer', '/iaas/nothing', 200, []],
    ['knows no text/html', '/iaas/vpcs', 200, [vpc], 'text/html'],
    ['knows no answer without a type', '/iaas/vpcs', 200, undefined],
    ['must be array', '/iaas/vpcs', 200, vpc],
    [
      'must NOT have additional properties {"additionalProperty":"passwordHash"}',
      `/iaas/vpcs/${ID}`,
      200,
      { ...vpc, passwordHash: 'x' },
    ],
    ["must have required property 'state'", `/iaas/vpcs/${ID}`, 200, { ...vpc, state: undefined }],
    ['/version must be integer', `/iaas/vpcs/${ID}`, 200, { ...vpc, version: '3' }],
    ['/id must match format "uuid"', `/iaas/vpcs/${ID}`, 200, { ...vpc, id: '7' }],
    ['/state must be equal to one of the allowed values', `/iaas/vpcs/${ID}`, 200, { ...vpc, state: 'odd' }],
    ["must have required property 'code'", `/iaas/vpcs/${ID}`, 404, { ...problem, code: undefined }, PROBLEM],
  ])('that is not in the document is not: %s', (complaint, path, status, body, type = 'application/json') => {
    expect(verdict('GET', path, status, body, type)).toContain(complaint);
  });
});
