/** Walks every route of the OpenAPI document and tries it as everybody, with good and bad input. */
import { randomUUID } from 'node:crypto';
import { getVm, notFound, type UserRole } from '@nubo/contracts';
import { routesIn, type DocumentedRoute } from './docs/document';
import { openApiDocument } from './docs/offline';
import { exampleBody, examplePath } from './testing/examples';
import { testGateway, type TestGateway } from './testing/test-gateway';

jest.setTimeout(60_000);

interface ProblemBody {
  code: string;
  status: number;
  requestId: string;
  errors?: { field: string; message: string }[];
}

describe('every route of the document', () => {
  let gateway: TestGateway;
  let routes: DocumentedRoute[];
  beforeAll(async () => {
    gateway = await testGateway();
    routes = routesIn(gateway.document);
  });
  afterAll(() => gateway?.stop());
  beforeEach(() => gateway.services.reset());

  const ask = (route: DocumentedRoute, token?: string, body?: unknown): Promise<Response> =>
    gateway.ask(examplePath(route, gateway.document), {
      method: route.method,
      token,
      body: body ?? exampleBody(route, gateway.document),
    });

  /** One line per route that answered something else than wished, so that a failure names them all. */
  async function wrong(
    try_: (route: DocumentedRoute) => Promise<string | undefined>,
    chosen: DocumentedRoute[] = routes,
  ): Promise<string[]> {
    const lines: string[] = [];
    for (const route of chosen) {
      const line = await try_(route);
      if (line) lines.push(`${route.method} ${route.path}: ${line}`);
    }
    return lines;
  }

  async function problemOf(response: Response): Promise<ProblemBody> {
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    return (await response.json()) as ProblemBody;
  }

  const isOpen = ({ operation }: DocumentedRoute): boolean => operation['x-nubo-permission'] === 'anyone';
  const isForAdmins = ({ operation }: DocumentedRoute): boolean => operation['x-nubo-permission'] === 'admin';
  const withBody = (): DocumentedRoute[] =>
    routes.filter(({ operation }) => operation.requestBody?.content?.['application/json']);

  it('is there', () => {
    expect(routes.length).toBeGreaterThan(40);
    expect(
      routes
        .filter(isOpen)
        .map(({ operation }) => operation.operationId)
        .sort(),
    ).toEqual([
      'activateTenant',
      'completePasswordReset',
      'createSession',
      'mailActivation',
      'registerTenant',
      'requestPasswordReset',
    ]);
  });

  it('is closed to nobody unless it is declared open', async () => {
    const lines = await wrong(async (route) => {
      const { status, headers } = await ask(route);
      if (isOpen(route)) return status < 300 ? undefined : `open, but ${status}`;
      return status === 401 && headers.get('www-authenticate') === 'Bearer' ? undefined : String(status);
    });
    expect(lines).toEqual([]);
    expect(gateway.services.calls.map(({ ctx }) => ctx.principal)).toEqual(Array(6).fill(null));
  });

  it('is closed while the password must be changed, but for the change and the log-out', async () => {
    const token = gateway.token({ mcp: true, role: 'admin', tid: null });
    const open: string[] = [];
    const lines = await wrong(async (route) => {
      const response = await ask(route, token);
      if (response.status < 300) open.push(route.operation.operationId);
      else if ((await problemOf(response)).code !== 'password_change_required')
        return String(response.status);
      return undefined;
    });
    expect(lines).toEqual([]);
    expect(open.sort()).toEqual([
      'activateTenant',
      'completePasswordReset',
      'createSession',
      'endSessions',
      'mailActivation',
      'registerTenant',
      'requestPasswordReset',
    ]);
  });

  it('lets one who must change the password do so, and see only oneself', async () => {
    const sub = randomUUID();
    const token = gateway.token({ sub, mcp: true });
    const body = { currentPassword: 'root', password: 'a much better one' };
    expect((await gateway.ask(`/iaas/users/${sub}`, { token })).status).toBe(200);
    expect((await gateway.ask(`/iaas/users/${sub}`, { method: 'PUT', token, body })).status).toBe(200);
    expect((await gateway.ask(`/iaas/users/${randomUUID()}`, { token })).status).toBe(403);
  });

  it.each<UserRole>(['member', 'owner', 'admin'])('admits a %s as its operation declares', async (role) => {
    const token = gateway.token({ role, ...(role === 'admin' && { tid: null }) });
    const lines = await wrong(async (route) => {
      const { status } = await ask(route, token);
      const admitted = role === 'admin' || !isForAdmins(route);
      return (admitted ? status < 300 : status === 403) ? undefined : String(status);
    });
    expect(lines).toEqual([]);
  });

  it('carries its request to the operation it names, and to no other', async () => {
    const token = gateway.token({ role: 'admin', tid: null });
    const lines = await wrong(async (route) => {
      gateway.services.reset();
      await (await ask(route, token)).text();
      const subjects = gateway.services.calls.map(({ subject }) => subject);
      const wished = [route.operation['x-nubo-operation']];
      return subjects.join() === wished.join() ? undefined : `called ${subjects.join() || 'nothing'}`;
    });
    expect(lines).toEqual([]);
  });

  it('answers a stranger exactly what the service says about what it may not see', async () => {
    const route = routes.find(({ operation }) => operation.operationId === 'getVm');
    expect(route).toBeDefined();
    gateway.services.answer(getVm, ({ id }) => {
      throw notFound('VM', String(id));
    });
    const response = await ask(route as DocumentedRoute, gateway.token());
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({ code: 'vm_not_found' });
  });

  it('names an unknown field of the body', async () => {
    const token = gateway.token({ role: 'admin', tid: null });
    const lines = await wrong(async (route) => {
      const body = { ...exampleBody(route, gateway.document), unheardOf: 1 };
      const response = await ask(route, token, body);
      const { errors } = await problemOf(response);
      const named = errors?.some(
        ({ field, message }) => field === 'unheardOf' && /no such field/.test(message),
      );
      return response.status === 400 && named ? undefined : `${response.status} ${JSON.stringify(errors)}`;
    }, withBody());
    expect(lines).toEqual([]);
    expect(gateway.services.calls).toEqual([]);
  });

  it('refuses a body that names what the path names', async () => {
    const token = gateway.token({ role: 'admin', tid: null });
    const nested = withBody().filter(({ path }) => path.includes('{'));
    const lines = await wrong(async (route) => {
      const name = /\{(\w+)\}/.exec(route.path)?.[1] ?? '';
      const body = { ...exampleBody(route, gateway.document), [name]: randomUUID() };
      const response = await ask(route, token, body);
      const { errors } = await problemOf(response);
      return response.status === 400 && errors?.[0]?.field === name ? undefined : String(response.status);
    }, nested);
    expect(nested.length).toBeGreaterThan(8);
    expect(lines).toEqual([]);
  });

  it.each(['[]', '"text"', '7', 'null', 'true', '{', '', '{"a":1}x', '[[[]]]'])(
    'refuses the body %j',
    async (body) => {
      const token = gateway.token({ role: 'admin', tid: null });
      const lines = await wrong(async (route) => {
        const response = await ask(route, token, body);
        const { code } = await problemOf(response);
        const fits = response.status === 400 && ['invalid_input', 'bad_json'].includes(code);
        return fits ? undefined : `${response.status} ${code}`;
      }, withBody());
      expect(lines).toEqual([]);
      expect(gateway.services.calls).toEqual([]);
    },
  );

  it('refuses every field of a wrong type, never with an internal error', async () => {
    const token = gateway.token({ role: 'admin', tid: null });
    /** Fits some field: a count, a flag, an empty list, no labels. */
    const mayFit: unknown[] = [7, 1.5, true, [], {}];
    const fitsNone: unknown[] = [-1, 1e300, 'ÿ\u0000', [[]], [null], { constructor: 1 }, { length: 3 }];
    const lines = await wrong(async (route) => {
      const body = exampleBody(route, gateway.document) ?? {};
      const bad: string[] = [];
      for (const field of Object.keys(body)) {
        for (const value of [...mayFit, ...fitsNone]) {
          const response = await ask(route, token, { ...body, [field]: value });
          const text = await response.text();
          const refused = response.status === 400 && text.includes(`"${field}`);
          const accepted = response.status < 300 && mayFit.includes(value);
          if (!refused && !accepted) bad.push(`${field}=${JSON.stringify(value)}: ${response.status}`);
        }
      }
      return bad.join('; ') || undefined;
    }, withBody());
    expect(lines).toEqual([]);
  });

  it('refuses an id that is no UUID and names it', async () => {
    const token = gateway.token({ role: 'admin', tid: null });
    const lines = await wrong(
      async (route) => {
        const path = route.path.replace(/\{\w+\}/g, 'not-an-id');
        const body = exampleBody(route, gateway.document);
        const response = await gateway.ask(path, { method: route.method, token, body });
        const { errors } = await problemOf(response);
        const name = /\{(\w+)\}/.exec(route.path)?.[1];
        const named = errors?.some(({ field }) => field === name);
        return response.status === 400 && named ? undefined : `${response.status} ${JSON.stringify(errors)}`;
      },
      routes.filter(({ path }) => path.includes('{')),
    );
    expect(lines).toEqual([]);
  });

  it('refuses a query parameter that it does not know', async () => {
    const token = gateway.token({ role: 'admin', tid: null });
    const lines = await wrong(async (route) => {
      const known = examplePath(route, gateway.document);
      const path = `${known}${known.includes('?') ? '&' : '?'}unheardOf=1`;
      const body = exampleBody(route, gateway.document);
      const response = await gateway.ask(path, { method: route.method, token, body });
      const { errors } = await problemOf(response);
      return response.status === 400 && errors?.[0]?.field === 'unheardOf'
        ? undefined
        : String(response.status);
    });
    expect(lines).toEqual([]);
  });

  it('answers with a request id, and lets no browser guess, frame or keep it', async () => {
    const lines = await wrong(async (route) => {
      const { headers } = await ask(route, gateway.token());
      const wished =
        headers.get('x-request-id') &&
        headers.get('x-content-type-options') === 'nosniff' &&
        headers.get('cache-control') === 'no-store' &&
        headers.get('content-security-policy')?.startsWith("default-src 'none'");
      return wished ? undefined : JSON.stringify([...headers]);
    });
    expect(lines).toEqual([]);
  });

  it('is shown with operation, permission, security, summary and tag', async () => {
    const bare = routes.filter(({ operation }) => {
      const secured = JSON.stringify(operation.security) === '[{"session":[]}]';
      const complete = operation.summary && operation.tags?.length === 1 && operation['x-nubo-operation'];
      return !complete || secured === (operation['x-nubo-permission'] === 'anyone');
    });
    expect(bare.map(({ operation }) => operation.operationId)).toEqual([]);
    expect(await openApiDocument()).toEqual(gateway.document);
  });
});
