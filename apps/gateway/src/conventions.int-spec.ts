/** The conventions that all resources share: pages, versions, waiting, dry runs, problems. */
import { randomUUID } from 'node:crypto';
import {
  createSession,
  createVpc,
  deleteVpc,
  endSessions,
  exhausted,
  getVpc,
  limited,
  listVpcs,
  precondition,
  imageShares,
  unavailable,
  updateVpc,
} from '@nubo/contracts';
import { testGateway, type TestGateway } from './testing/test-gateway';

jest.setTimeout(60_000);

const ID = randomUUID();
const PATH = `/iaas/vpcs/${ID}`;
const vpc = (more: object = {}): object => ({ id: ID, name: 'blue', version: 3, state: 'ready', ...more });

describe('the REST gateway', () => {
  let gateway: TestGateway;
  let token: string;
  beforeAll(async () => {
    gateway = await testGateway();
    token = gateway.token();
  });
  afterAll(() => gateway?.stop());
  beforeEach(() => gateway.services.reset());

  const body = { name: 'blue' };
  const post = (query = '', headers = {}): Promise<Response> =>
    gateway.ask(`/iaas/vpcs${query}`, { method: 'POST', token, body, headers });
  const remove = (query = '', headers = {}): Promise<Response> =>
    gateway.ask(`${PATH}${query}`, { method: 'DELETE', token, headers });

  describe('logs in', () => {
    const login = (accept?: string): Promise<Response> => {
      gateway.services.answer(createSession, () => ({ token: 'x.y.z', role: 'owner' }));
      const headers: Record<string, string> = accept ? { Accept: accept } : {};
      const credentials = { email: 'ada@blue.example', password: 'p' };
      return gateway.ask('/iaas/sessions', { method: 'POST', body: credentials, headers });
    };

    it.each([undefined, '*/*', 'text/plain', 'text/plain, application/json;q=0.5'])(
      'with the bare token for %s',
      async (accept) => {
        const response = await login(accept);
        expect(response.status).toBe(201);
        expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
        expect(await response.text()).toBe('x.y.z');
      },
    );

    it.each(['application/json', 'application/json, text/plain, */*'])('with JSON for %s', async (accept) => {
      expect(await (await login(accept)).json()).toEqual({ token: 'x.y.z', role: 'owner' });
    });

    it('and forgets a session that has long expired', async () => {
      const credentials = { email: 'ada@blue.example', password: 'p' };
      const headers = { Authorization: 'Bearer stale' };
      const response = await gateway.ask('/iaas/sessions', { method: 'POST', body: credentials, headers });
      expect(response.status).toBe(201);
    });

    it('and out', async () => {
      const response = await gateway.ask('/iaas/sessions', { method: 'DELETE', token });
      expect(response.status).toBe(204);
      expect(gateway.services.callsOf(endSessions)).toHaveLength(1);
    });
  });

  describe('pages lists', () => {
    it('as arrays whose Link leads to the next page', async () => {
      gateway.services.answer(listVpcs, ({ after }) =>
        after ? { items: [vpc({ name: 'red' })] } : { items: [vpc()], next: 'a+b/c=' },
      );
      const first = await gateway.ask('/iaas/vpcs?limit=1', { token });
      expect(await first.json()).toEqual([vpc()]);
      const link = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
      expect(link).toBe('/iaas/vpcs?limit=1&after=a%2Bb%2Fc%3D');
      const second = await gateway.ask(link, { token });
      expect(second.headers.get('link')).toBeNull();
      expect(gateway.services.calls.map(({ input }) => input)).toEqual([
        { limit: 1 },
        { limit: 1, after: 'a+b/c=' },
      ]);
    });

    it('and keeps the query, and whatever else was asked for, in the Link', async () => {
      gateway.services.answer(listVpcs, () => ({ items: [vpc()], next: 'xyz' }));
      const query = 'name=web* metadata.team="a b"';
      const asked = new URLSearchParams({ query, limit: '7', after: 'abc' });
      const first = await gateway.ask(`/iaas/vpcs?${asked}`, { token });
      const link = /^<(.*)>; rel="next"$/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
      await gateway.ask(link, { token });
      expect(gateway.services.calls.map(({ input }) => input)).toEqual([
        { query, limit: 7, after: 'abc' },
        { query, limit: 7, after: 'xyz' },
      ]);
    });

    it.each(['query=a&query=b', `query=name%3D${'x'.repeat(996)}`, 'query=name%3D%00'])(
      'and refuses %s',
      async (query) => {
        const response = await gateway.ask(`/iaas/vpcs?${query}`, { token });
        const { status, errors } = (await response.json()) as { status: number; errors: { field: string }[] };
        expect([status, errors[0]?.field]).toEqual([400, 'query']);
      },
    );

    it.each(['limit=0', 'limit=1001', 'limit=ten', 'limit=-1', 'limit=1.5'])(
      'and refuses %s',
      async (query) => {
        const response = await gateway.ask(`/iaas/vpcs?${query}`, { token });
        const { status, errors } = (await response.json()) as { status: number; errors: { field: string }[] };
        expect([status, errors[0]?.field]).toEqual([400, 'limit']);
      },
    );
  });

  describe('versions resources', () => {
    it('with an ETag, and answers 304 to those who have it', async () => {
      gateway.services.answer(getVpc, () => vpc());
      const full = await gateway.ask(PATH, { token });
      expect(full.headers.get('etag')).toBe('"3"');
      for (const known of ['"3"', 'W/"3"', '"2", "3"', '*']) {
        const response = await gateway.ask(PATH, { token, headers: { 'If-None-Match': known } });
        expect(response.status).toBe(304);
        expect(await response.text()).toBe('');
      }
      const stale = await gateway.ask(PATH, { token, headers: { 'If-None-Match': '"2"' } });
      expect(stale.status).toBe(200);
    });

    it('and passes If-Match on', async () => {
      gateway.services.answer(updateVpc, (_input, { ifMatch }) => {
        if (ifMatch !== 3) throw precondition('version_changed', 'changed', { version: 3 });
        return vpc({ version: 4 });
      });
      const put = (ifMatch: string): Promise<Response> =>
        gateway.ask(PATH, { method: 'PUT', token, body, headers: { 'If-Match': ifMatch } });
      const changed = await put('"3"');
      expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"4"']);
      expect(await (await put('"2"')).json()).toMatchObject({
        status: 412,
        code: 'version_changed',
        version: 3,
      });
      for (const bad of ['3', 'W/"3"', '"3", "4"', '"x"', '']) {
        expect(await (await put(bad)).json()).toMatchObject({ status: 400, code: 'bad_if_match' });
      }
      expect(gateway.services.callsOf(updateVpc)).toHaveLength(2);
    });
  });

  describe('creates', () => {
    beforeEach(() => gateway.services.answer(createVpc, () => vpc({ state: 'creating' })));

    it('with the Location of what was created', async () => {
      const response = await post();
      expect(response.status).toBe(201);
      expect(response.headers.get('location')).toBe(PATH);
    });

    it('shares with the Location of the share, and takes them back', async () => {
      const userId = randomUUID();
      gateway.services.answer(imageShares.create, () => ({
        userId,
        email: 'grace@red.example',
        grant: 'use',
      }));
      const path = `/iaas/images/${ID}/shares`;
      const shared = await gateway.ask(path, { method: 'POST', token, body: { user: 'grace@red.example' } });
      expect(shared.headers.get('location')).toBe(`${path}/${userId}`);
      const undone = await gateway.ask(`${path}/${userId}`, { method: 'DELETE', token });
      expect(undone.status).toBe(204);
      expect(gateway.services.callsOf(imageShares.remove)[0]?.input).toEqual({ id: ID, userId });
    });

    it('with the caller’s context', async () => {
      const sub = randomUUID();
      const tid = randomUUID();
      const headers = { 'Idempotency-Key': 'order-66', 'X-Request-Id': 'trace-1' };
      await gateway.ask('/iaas/vpcs', { method: 'POST', token: gateway.token({ sub, tid }), body, headers });
      expect(gateway.services.calls[0]?.ctx).toEqual({
        requestId: 'trace-1',
        principal: { userId: sub, tenantId: tid, role: 'owner' },
        address: '127.0.0.1',
        idempotencyKey: 'order-66',
      });
    });

    it.each(['', 'a b', 'x'.repeat(256), 'é'])('but not with the Idempotency-Key %j', async (key) => {
      const response = await post('', { 'Idempotency-Key': key });
      expect(await response.json()).toMatchObject({ status: 400, code: 'bad_idempotency_key' });
    });

    it('nothing in a dry run', async () => {
      const response = await post('?dryRun=true&wait=1m');
      expect(response.status).toBe(200);
      expect(response.headers.get('location')).toBeNull();
      expect(gateway.services.calls.map(({ subject, ctx }) => [subject, ctx.dryRun])).toEqual([
        ['network.vpcs.create', true],
      ]);
    });
  });

  describe('tells problems', () => {
    it('with the numbers of what is exhausted', async () => {
      gateway.services.answer(createVpc, () => {
        throw exhausted('quota_exceeded', 'The quota of 5 VPCs is used up.', {
          kind: 'vpcs',
          limit: 5,
          used: 5,
        });
      });
      const response = await post('', { 'X-Request-Id': 'q-1' });
      expect(await response.json()).toEqual({
        type: 'urn:nubo:problem:quota_exceeded',
        title: 'Nothing left to give',
        status: 409,
        detail: 'The quota of 5 VPCs is used up.',
        code: 'quota_exceeded',
        requestId: 'q-1',
        instance: '/iaas/vpcs',
        kind: 'vpcs',
        limit: 5,
        used: 5,
      });
    });

    it('with the time to come back', async () => {
      gateway.services.answer(createVpc, () => {
        throw limited('too_many_logins', 'Slow down.', { retryAfterSeconds: 42.5 });
      });
      const slow = await post();
      expect([slow.status, slow.headers.get('retry-after')]).toEqual([429, '43']);
      gateway.services.answer(createVpc, () => {
        throw unavailable('database_unavailable', 'away');
      });
      const away = await post();
      expect([away.status, away.headers.get('retry-after')]).toEqual([503, '1']);
    });

    it('of routes that are not there', async () => {
      const unknown = await gateway.ask('/iaas/nothing', { token });
      expect(await unknown.json()).toMatchObject({ status: 404, code: 'route_not_found' });
      const wrongMethod = await gateway.ask(PATH, { method: 'PATCH', token, body });
      expect(wrongMethod.headers.get('allow')).toBe('GET, PUT, DELETE');
      expect(await wrongMethod.json()).toMatchObject({ status: 405, code: 'method_not_allowed' });
    });

    it('of a body where none belongs', async () => {
      const response = await gateway.ask(PATH, { method: 'DELETE', token, body: { force: true } });
      expect(await response.json()).toMatchObject({ status: 400, errors: [{ field: 'force' }] });
      gateway.services.answer(deleteVpc, () => vpc({ state: 'deleting' }));
      const headers = { 'Content-Type': 'application/json' };
      expect((await remove('', headers)).status).toBe(202);
    });
  });

  describe('shows', () => {
    it('its documentation at the front door, all from here', async () => {
      const door = await gateway.ask('/');
      expect([door.status, door.headers.get('location')]).toEqual([302, '/docs']);
      const page = await gateway.ask('/docs');
      const html = await page.text();
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
      const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
      expect(files.length).toBeGreaterThan(3);
      for (const file of files) {
        const url = new URL(file, `${gateway.url}/docs`);
        expect(url.origin).toBe(gateway.url);
        const answer = await fetch(url);
        await answer.arrayBuffer();
        expect(answer.status).toBe(200);
      }
    });

    it('the OpenAPI document', async () => {
      const response = await gateway.ask('/docs/json');
      expect(await response.json()).toEqual(gateway.document);
    });

    it('its health and its metrics', async () => {
      expect(await (await gateway.ask('/health/ready')).json()).toMatchObject({
        status: 'ok',
        info: { bus: { status: 'up' }, revocations: { status: 'up' } },
      });
      expect(await (await gateway.ask('/metrics')).text()).toContain('nubo_operation_seconds_bucket');
    });
  });
});
