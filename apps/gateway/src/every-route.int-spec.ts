/** The conventions of REST, on every route of the document that they are for. */
import { routesIn, type DocumentedRoute } from './docs/document';
import type { Schema } from './docs/examples.rules';
import { exampleBody, examplePath } from './testing/examples';
import { testGateway, type TestGateway } from './testing/test-gateway';

jest.setTimeout(60_000);

const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';

/** What only the platform may say, and what a resource of another noun calls its own. */
const NOT_THEIRS = [
  ...['id', 'tenantId', 'userId', 'state', 'stateReason', 'version', 'generation', 'observedGeneration'],
  ...['createdAt', 'updatedAt', 'role', 'epoch', 'passwordHash', 'mustChangePassword', 'emailKey', 'public'],
  ...['hostId', 'hostKey', 'wantedState', 'externalIp', 'vni', 'progress', 'grant', 'level', 'used', 'admin'],
];

describe('every route', () => {
  let gateway: TestGateway;
  let token: string;
  let routes: DocumentedRoute[];
  beforeAll(async () => {
    gateway = await testGateway();
    token = gateway.token({ role: 'admin', tid: null });
    routes = routesIn(gateway.document);
  });
  afterAll(() => gateway?.stop());
  beforeEach(() => gateway.services.reset());

  const closed = (): DocumentedRoute[] =>
    routes.filter(({ operation }) => operation['x-nubo-permission'] !== 'anyone');
  const knows = ({ operation }: DocumentedRoute, name: string): boolean =>
    operation.parameters?.some((parameter) => parameter.name === name) ?? false;
  const changes = ({ method, path }: DocumentedRoute): boolean =>
    method !== 'GET' && !path.endsWith('/sessions');

  interface More {
    query?: string;
    body?: object;
    headers?: Record<string, string>;
    token?: string;
  }
  function send(
    route: DocumentedRoute,
    { query = '', body, headers, ...more }: More = {},
  ): Promise<Response> {
    const path = examplePath(route, gateway.document);
    const added = path.includes('?') ? query.replace('?', '&') : query;
    return gateway.ask(`${path}${added}`, {
      method: route.method,
      token,
      body: body ?? exampleBody(route, gateway.document),
      headers,
      ...more,
    });
  }

  /** The routes, named, of which `try_` found something to say. */
  async function wrong(
    chosen: DocumentedRoute[],
    try_: (route: DocumentedRoute) => Promise<string | undefined>,
  ): Promise<string[]> {
    expect(chosen).not.toEqual([]);
    const lines: string[] = [];
    for (const route of chosen) {
      gateway.services.reset();
      const line = await try_(route);
      if (line) lines.push(`${route.method} ${route.path}: ${line}`);
    }
    return lines;
  }

  /** 400 with that code, and nothing was asked of a service. */
  async function refused(response: Response, code: string, field?: string): Promise<string | undefined> {
    const problem = (await response.json()) as { code?: string; errors?: { field: string }[] };
    const named = field === undefined || problem.errors?.some((error) => error.field === field);
    const calls = gateway.services.calls.length;
    if (response.status === 400 && problem.code === code && named && calls === 0) return undefined;
    return `${response.status} ${problem.code} ${JSON.stringify(problem.errors)}, ${calls} calls`;
  }

  it('that lists pages takes a query, and each the limit and the cursor', async () => {
    const lists = routes.filter((route) => knows(route, 'limit'));
    const lines = await wrong(lists, async (route) => {
      const query = knows(route, 'query') ? '&query=name%3Dx' : '';
      await send(route, { query: `?limit=3&after=abc${query}` });
      const { limit, after } = gateway.services.calls[0]?.input as { limit?: number; after?: string };
      if (limit !== 3 || after !== 'abc') return 'was not passed on';
      gateway.services.reset();
      return refused(await send(route, { query: '?limit=0' }), 'invalid_input', 'limit');
    });
    expect(lines).toEqual([]);
    expect(lists.filter((route) => knows(route, 'query')).length).toBeGreaterThan(8);
  });

  it('that shows something with a version takes its ETag back', async () => {
    const versioned = routes.filter((route) => knows(route, 'If-None-Match'));
    const lines = await wrong(versioned, async (route) => {
      const etag = (await send(route)).headers.get('etag');
      const again = await send(route, { headers: { 'If-None-Match': etag ?? '' } });
      return etag && again.status === 304 ? undefined : `${etag} ${again.status}`;
    });
    expect(lines).toEqual([]);
  });

  it('that changes or removes something with a version passes If-Match on, and refuses what is no ETag', async () => {
    const own = ({ path }: DocumentedRoute): boolean => /^\/\w+\/[\w-]+\/\{id\}$/.test(path);
    const updates = routes.filter((route) => ['PUT', 'DELETE'].includes(route.method) && own(route));
    const lines = await wrong(updates, async (route) => {
      if (!knows(route, 'If-Match')) return 'is not documented';
      const bad = await refused(await send(route, { headers: { 'If-Match': '7' } }), 'bad_if_match');
      await send(route, { headers: { 'If-Match': '"7"' } });
      return bad ?? (gateway.services.calls[0]?.ctx.ifMatch === 7 ? undefined : 'was not passed on');
    });
    expect(lines).toEqual([]);
    expect(updates.length).toBeGreaterThan(14);
  });

  it('that makes something passes its Idempotency-Key on, and refuses a malformed one', async () => {
    const makes = closed().filter(({ method }) => method === 'POST');
    const lines = await wrong(makes, async (route) => {
      if (!knows(route, 'Idempotency-Key')) return 'is not documented';
      const bad = await refused(
        await send(route, { headers: { 'Idempotency-Key': 'a b' } }),
        'bad_idempotency_key',
      );
      await send(route, { headers: { 'Idempotency-Key': 'order-66' } });
      const passed = gateway.services.calls[0]?.ctx.idempotencyKey === 'order-66';
      return bad ?? (passed ? undefined : 'was not passed on');
    });
    expect(lines).toEqual([]);
  });

  it('that changes something can be tried, and then answers 200 or 204 and no Location', async () => {
    const lines = await wrong(closed().filter(changes), async (route) => {
      const { status, headers } = await send(route, { query: '?dryRun=true' });
      const told = gateway.services.calls.map(({ ctx }) => ctx.dryRun);
      if (told.join() !== 'true' || ![200, 204].includes(status) || headers.get('location'))
        return `${status} ${told.join()}`;
      gateway.services.reset();
      return refused(await send(route, { query: '?dryRun=yes' }), 'invalid_input', 'dryRun');
    });
    expect(lines).toEqual([]);
  });

  it('whose resource settles can be waited for, two minutes at most', async () => {
    const settling = routes.filter((route) => knows(route, 'wait'));
    const lines = await wrong(settling, async (route) => {
      const bad = await refused(await send(route, { query: '?wait=3m' }), 'invalid_input', 'wait');
      const { status } = await send(route, { query: '?wait=1ms' });
      return bad ?? (status < 300 ? undefined : String(status));
    });
    expect(lines).toEqual([]);
    expect(settling.length).toBeGreaterThan(12);
  });

  it('takes the bare token and one after Bearer', async () => {
    const lines = await wrong(closed(), async (route) => {
      const bare = (await send(route)).status;
      const { status } = await send(route, { token: `Bearer ${token}` });
      return bare < 300 && status === bare ? undefined : `${bare} ${status}`;
    });
    expect(lines).toEqual([]);
  });

  it('takes no field from a body that is the platform’s to say', async () => {
    const withBody = routes.filter(({ operation }) => operation.requestBody?.content['application/json']);
    const lines = await wrong(withBody, async (route) => {
      const declared = Object.keys(schemaOf(route).properties ?? {});
      for (const name of NOT_THEIRS.filter((each) => !declared.includes(each))) {
        const body = { ...exampleBody(route, gateway.document), [name]: 'x' };
        const line = await refused(await send(route, { body }), 'invalid_input', name);
        if (line) return `${name}: ${line}`;
      }
      return undefined;
    });
    expect(lines).toEqual([]);
  });

  it.each([
    ['compute.hosts.enrol', 'external.tenantId', { external: { interface: 'eth0', tenantId: 'x' } }],
    ['compute.vms.create', 'nics.0.portId', { nics: [{ subnetId: ID, portId: ID }] }],
    ['compute.vms.create', 'nics.0.mac', { nics: [{ subnetId: ID, mac: '52:54:00:00:00:01' }] }],
  ])('of %s takes no %s inside of what its body holds', async (op, field, more) => {
    const route = routes.find(({ operation }) => operation['x-nubo-operation'] === op) as DocumentedRoute;
    const body = { ...exampleBody(route, gateway.document), ...more };
    expect(await refused(await send(route, { body }), 'invalid_input', field)).toBeUndefined();
  });

  function schemaOf({ operation }: DocumentedRoute): Schema {
    const name = operation.requestBody?.content['application/json']?.schema?.$ref?.split('/').at(-1) ?? '';
    return gateway.document.components?.schemas?.[name] ?? {};
  }
});
