import http, { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { notFound, routeDistribution } from '@nubo/contracts';
import { eventually } from '@nubo/testing';
import { testGateway, type TestGateway } from '../testing/test-gateway';

jest.setTimeout(30_000);

/** The controller of a customer. */
let controller: Server;
let handle: RequestListener;
let seen: IncomingMessage[];
let gateway: TestGateway;
let customers = 0;
let customer: string;

beforeAll(async () => {
  gateway = await testGateway();
  controller = createServer((request, response) => {
    seen.push(request);
    handle(request, response);
  });
  controller.listen(0, '127.0.0.1');
  await new Promise((listening) => controller.once('listening', listening));
});
afterAll(async () => {
  controller?.closeAllConnections();
  controller?.close();
  await gateway?.stop();
});
beforeEach(() => {
  seen = [];
  customers += 1;
  customer = customers.toString(16).padStart(32, '0');
  handle = (_request, response) => response.end('content');
  gateway.services.reset();
  const { port } = controller.address() as AddressInfo;
  gateway.services.answer(routeDistribution, ({ user }) => ({
    url: `http://127.0.0.1:${port}`,
    near: user === 'kai@red.test' ? 'loc2' : null,
  }));
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${gateway.url}/cdn/${customer}${path}`, { headers, redirect: 'manual' });

describe('content of a customer', () => {
  it('is fetched from its controller, by anybody, with the location that was named', async () => {
    const response = await get('/a/b%20c.html?location=loc1&expires=7');
    expect([response.status, await response.text()]).toEqual([200, 'content']);
    expect(seen[0]?.url).toBe('/a/b%20c.html?location=loc1&expires=7');
    expect(gateway.services.calls[0]?.input).toEqual({ customerId: customer });
  });

  it('is fetched near the user who asks; the name itself stays here', async () => {
    await get('/index.html?user=kai%40red.test');
    expect(gateway.services.calls[0]?.input).toEqual({ customerId: customer, user: 'kai@red.test' });
    expect(seen[0]?.url).toBe('/index.html?near=loc2');
    await get('/index.html?near=loc9');
    expect(seen[1]?.url).toBe('/index.html');
  });

  it('brings ranges and conditions there and types, tags and lengths back', async () => {
    handle = (request, response) => {
      response.writeHead(206, {
        'Content-Type': 'text/css',
        ETag: '"7"',
        'Content-Range': 'bytes 0-1/9',
        'Cache-Control': 'max-age=60',
        'Set-Cookie': 'session=stolen',
        'Access-Control-Allow-Origin': '*',
      });
      response.end(request.headers.range === 'bytes=0-1' ? 'co' : '');
    };
    const response = await get('/site.css', { Range: 'bytes=0-1', 'If-Range': '"7"' });
    expect([response.status, await response.text()]).toEqual([206, 'co']);
    const header = (name: string) => response.headers.get(name);
    expect(header('content-type')).toBe('text/css');
    expect([header('etag'), header('content-range')]).toEqual(['"7"', 'bytes 0-1/9']);
    expect(header('cache-control')).toBe('max-age=60');
    expect([header('set-cookie'), header('access-control-allow-origin')]).toEqual([null, null]);
    expect(header('content-security-policy')).toContain('sandbox');
    expect(header('x-content-type-options')).toBe('nosniff');
    expect(seen[0]?.headers['if-range']).toBe('"7"');
  });

  it('is no place for the credentials of the platform', async () => {
    await get('/x', { Authorization: gateway.token(), Cookie: 'a=b', 'X-Forwarded-For': '127.0.0.1' });
    expect(Object.keys(seen[0]?.headers ?? {}).sort()).toEqual(
      ['accept', 'accept-encoding', 'connection', 'host', 'x-nubo-customer', 'x-request-id'].sort(),
    );
  });

  it('costs no call of the bus for as long as its route is known', async () => {
    await Promise.all(Array.from({ length: 5 }, () => get('/x')));
    await Promise.all(Array.from({ length: 5 }, () => get('/y?user=kai%40red.test')));
    expect(gateway.services.calls.map(({ input }) => input)).toEqual([
      { customerId: customer },
      { customerId: customer, user: 'kai@red.test' },
    ]);
    expect(seen).toHaveLength(10);
  });

  it.each([
    ['/dir/', '/dir/'],
    ['/dir/?v=7', '/dir/?v=7'],
    ['/b%20c/#top', '/b%20c/#top'],
  ])('leads on to %s within the customer', async (location, led) => {
    handle = (_request, response) => response.writeHead(301, { Location: location }).end();
    const response = await get('/dir');
    expect([response.status, response.headers.get('location')]).toEqual([301, `/cdn/${customer}${led}`]);
  });

  it('leads on to the same location and for the same user', async () => {
    handle = (_request, response) => response.writeHead(301, { Location: '/dir/?v=7&near=loc2' }).end();
    const response = await get('/dir?v=7&location=loc2&user=kai%40red.test');
    const kept = 'v=7&location=loc2&user=kai%40red.test';
    expect(response.headers.get('location')).toBe(`/cdn/${customer}/dir/?${kept}`);
  });

  it.each(['http://203.0.113.7:4001/index.html', '//elsewhere.test/x', 'sub/'])(
    'leads elsewhere as it is told: %s',
    async (location) => {
      handle = (_request, response) => response.writeHead(302, { Location: location }).end();
      expect((await get('/dir')).headers.get('location')).toBe(location);
    },
  );

  it('answers HEAD without a body, 304 and 404 as they come', async () => {
    handle = ({ url, method }, response) => {
      response.statusCode = url?.startsWith('/missing') ? 404 : 304;
      response.end(method);
    };
    const head = await fetch(`${gateway.url}/cdn/${customer}/missing`, { method: 'HEAD' });
    expect([head.status, await head.text(), seen[0]?.method]).toEqual([404, '', 'HEAD']);
    expect((await get('/same')).status).toBe(304);
  });

  it('is streamed, and given up when its reader goes', async () => {
    let closed = false;
    handle = (_request, response) => {
      response.write('x'.repeat(1_000));
      response.once('close', () => (closed = true));
    };
    const request = http.get(`${gateway.url}/cdn/${customer}/long`);
    request.on('error', () => undefined);
    const answer = await new Promise<IncomingMessage>((resolve) => request.once('response', resolve));
    answer.on('error', () => undefined);
    await new Promise((resolve) => answer.once('data', resolve));
    request.destroy();
    await eventually(() => closed);
  });

  it('is not what another customer has who got its controller’s address: the route is asked for anew', async () => {
    await get('/x');
    handle = ({ headers }, response) => {
      response.statusCode = headers['x-nubo-customer'] === customer ? 421 : 500;
      response.end('of another');
    };
    const response = await get('/x');
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'no_controller' }]);
    expect(gateway.services.calls).toHaveLength(1);
    await get('/x');
    expect(gateway.services.calls).toHaveLength(2);
  });

  it('is 503 with a reason when its controller is not there', async () => {
    gateway.services.answer(routeDistribution, () => ({ url: 'http://127.0.0.1:1', near: null }));
    const response = await get('/x');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'no_controller' });
  });
});

describe('what is no customer', () => {
  it.each(['', 'f'.repeat(31), 'f'.repeat(33), 'F'.repeat(32), '..', 'distributions%2f..'])(
    'is not found, and no service is asked: %j',
    async (id) => {
      const response = await fetch(`${gateway.url}/cdn/${id}/index.html`);
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('problem+json');
      expect(gateway.services.calls).toEqual([]);
    },
  );

  it('is not found either when it is deleted while its route is remembered and its controller says nothing', async () => {
    await get('/x');
    handle = () => undefined;
    gateway.services.answer(routeDistribution, () => {
      throw notFound('customer', customer);
    });
    expect((await get('/x')).status).toBe(404);
    expect(seen).toHaveLength(2);
    await eventually(() => seen[1]?.destroyed);
  });

  it('is not found where the service knows none', async () => {
    gateway.services.answer(routeDistribution, ({ customerId }) => {
      throw notFound('customer', String(customerId));
    });
    const response = await get('/x');
    expect(response.status).toBe(404);
    expect(seen).toEqual([]);
  });

  it('a user of too many characters is refused by name', async () => {
    const response = await get(`/x?user=${'u'.repeat(300)}`);
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain('user');
  });
});
