import {
  createVpc,
  deleteVpc,
  getVpc,
  listDomains,
  listProjectReleases,
  listQuotas,
  listReleases,
  listSshKeys,
  listVpcs,
  setQuota,
  updateVpc,
} from '@nubo/contracts';
import { contextOf, inputOf, queryNames, singleValues, waitOf, wantsJson } from './asked.rules';
import type { RouteSpec } from './route';

const route = (more: Partial<RouteSpec>): RouteSpec => ({
  kind: 'read',
  method: 'GET',
  path: ':id',
  op: getVpc,
  view: getVpc.output,
  status: 200,
  summary: '',
  ...more,
});
const LIST = route({ kind: 'list', op: listVpcs });
const CREATE = route({ kind: 'create', method: 'POST', op: createVpc, settledBy: getVpc });
const UPDATE = route({ kind: 'update', method: 'PUT', op: updateVpc, settledBy: getVpc });
const DELETE = route({ kind: 'delete', method: 'DELETE', op: deleteVpc, settledBy: getVpc });
const CALLER = { requestId: 'r', principal: null, address: '192.0.2.1' };

describe('the query', () => {
  it('is paging for lists, dryRun and wait for changes', () => {
    expect(queryNames(LIST)).toEqual(['limit', 'after', 'query']);
    expect(queryNames(CREATE)).toEqual(['dryRun', 'wait']);
    expect(queryNames(route({}))).toEqual([]);
  });

  it('has no paging where the list is whole, and no wait where nothing has to settle', () => {
    for (const op of [listQuotas, listSshKeys, listDomains, listProjectReleases, listReleases])
      expect(queryNames(route({ kind: 'list', op }))).toEqual([]);
    expect(queryNames(route({ kind: 'update', op: setQuota }))).toEqual(['dryRun']);
  });

  it('holds nothing unknown and nothing twice', () => {
    expect(singleValues(LIST, { limit: '1' })).toEqual({ limit: '1' });
    expect(() => singleValues(LIST, { colour: 'red' })).toThrow('colour: there is no such query parameter');
    expect(() => singleValues(LIST, { limit: ['1', '2'] })).toThrow('limit: may be given once only');
  });

  it('waits for nothing in a dry run, but still checks the time', () => {
    expect(waitOf({ wait: '1s' })).toBe(1_000);
    expect(waitOf({ wait: '1s', dryRun: 'true' })).toBeUndefined();
    expect(() => waitOf({ wait: 'long', dryRun: 'true' })).toThrow('wait');
  });
});

describe('the input', () => {
  it('of a list is its page, as numbers', () => {
    expect(inputOf(LIST, {}, { limit: '10', after: 'x' }, undefined)).toEqual({ limit: 10, after: 'x' });
    expect(inputOf(LIST, {}, { limit: '1e1' }, undefined)).toEqual({ limit: NaN });
  });

  it('of a change is its body with the parameters of the path', () => {
    expect(inputOf(UPDATE, { id: '1' }, {}, { name: 'x' })).toEqual({ id: '1', name: 'x' });
    expect(() => inputOf(UPDATE, { id: '1' }, {}, { id: '2' })).toThrow('id: there is no such field');
  });

  it.each([undefined, null, [], 'x', 1])('of a change is not %j', (body) => {
    expect(() => inputOf(CREATE, {}, {}, body)).toThrow('must be a JSON object');
  });

  it('of a deletion has no body', () => {
    expect(inputOf(DELETE, { id: '1' }, {}, {})).toEqual({ id: '1' });
    expect(() => inputOf(DELETE, { id: '1' }, {}, { force: true })).toThrow('force: there is no such field');
  });
});

describe('the context', () => {
  it('takes the Idempotency-Key of a creation only', () => {
    const headers = { 'idempotency-key': 'k', 'if-match': '"3"' };
    expect(contextOf(CREATE, CALLER, headers, {})).toEqual({ ...CALLER, idempotencyKey: 'k' });
  });

  it('takes If-Match of changes to what is there', () => {
    const headers = { 'idempotency-key': 'k', 'if-match': '"3"' };
    expect(contextOf(UPDATE, CALLER, headers, {})).toEqual({ ...CALLER, ifMatch: 3 });
    expect(contextOf(DELETE, CALLER, { 'if-match': '*' }, {})).toEqual(CALLER);
  });

  it('knows dryRun as true or false', () => {
    expect(contextOf(CREATE, CALLER, {}, { dryRun: 'true' })).toEqual({ ...CALLER, dryRun: true });
    expect(contextOf(CREATE, CALLER, {}, { dryRun: 'false' })).toEqual(CALLER);
    expect(() => contextOf(CREATE, CALLER, {}, { dryRun: '1' })).toThrow('dryRun: must be true or false');
  });
});

describe('Accept', () => {
  it.each([
    'application/json',
    'application/json, */*',
    'text/plain, application/json',
    'APPLICATION/JSON;q=0.1',
  ])('%s wants JSON', (accept) => expect(wantsJson(accept)).toBe(true));

  it.each([
    undefined,
    '',
    '*/*',
    'text/plain',
    'text/*',
    'application/json;q=0',
    'application/json;q=0.4,text/plain',
  ])('%s does not', (accept) => expect(wantsJson(accept)).toBe(false));
});
