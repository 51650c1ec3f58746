/** What people try who should not get in. */
import { createHmac, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createVpc, listVpcs } from '@nubo/contracts';
import { log } from '@nubo/observability';
import { testGateway, type TestGateway } from './testing/test-gateway';
import { claimsOf, es256Pair, signed } from './testing/tokens';

jest.setTimeout(60_000);

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('the gateway under attack', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await testGateway();
  });
  afterAll(() => gateway?.stop());
  beforeEach(() => gateway.services.reset());

  async function refusal(authorization: string): Promise<string> {
    const response = await gateway.ask('/iaas/vpcs', { headers: { Authorization: authorization } });
    const { code } = (await response.json()) as { code: string };
    expect(gateway.services.calls).toEqual([]);
    return `${response.status} ${code}`;
  }

  const timed = (claims: object): object => {
    const now = Math.floor(Date.now() / 1000);
    return { iat: now, exp: now + 600, iss: 'nubo', ...claims };
  };

  describe('with a forged session', () => {
    it('lets the genuine one in, with Bearer and without', async () => {
      const token = gateway.token();
      for (const authorization of [token, `Bearer ${token}`, `bearer  ${token}`]) {
        const response = await gateway.ask('/iaas/vpcs', { headers: { Authorization: authorization } });
        expect(response.status).toBe(200);
      }
    });

    it('refuses a token that says it needs no signature', async () => {
      const body = `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(timed(claimsOf({ role: 'admin' })))}`;
      expect(await refusal(`${body}.`)).toBe('401 session_invalid');
      expect(await refusal(`${body}.x`)).toBe('401 session_invalid');
    });

    it('refuses a token signed with the public key as if it were a shared secret', async () => {
      const body = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(timed(claimsOf({ role: 'admin' })))}`;
      const signature = createHmac('sha256', gateway.keys.publicKey).update(body).digest('base64url');
      expect(await refusal(`${body}.${signature}`)).toBe('401 session_invalid');
    });

    it('refuses a token of another key, also one that names its own key', async () => {
      const stranger = es256Pair();
      expect(await refusal(signed(claimsOf(), stranger))).toBe('401 session_invalid');
      const [, body] = signed(claimsOf(), stranger).split('.');
      const header = encoded({
        alg: 'ES256',
        typ: 'JWT',
        jku: 'http://198.51.100.1/keys',
        kid: '../../dev/null',
      });
      expect(await refusal(`${header}.${body}.${'A'.repeat(86)}`)).toBe('401 session_invalid');
    });

    it('refuses a genuine token whose claims were changed', async () => {
      const [header, , signature] = gateway.token().split('.');
      const admin = encoded(timed(claimsOf({ role: 'admin', tid: null })));
      expect(await refusal(`${header}.${admin}.${signature}`)).toBe('401 session_invalid');
    });

    it('refuses expired tokens and says so', async () => {
      const expired = signed(claimsOf(), gateway.keys, { seconds: -1 });
      expect(await refusal(expired)).toBe('401 session_expired');
    });

    it('refuses a token that was good a moment ago when it expires', async () => {
      const token = signed(claimsOf(), gateway.keys, { seconds: 1 });
      expect((await gateway.ask('/iaas/vpcs', { token })).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      gateway.services.reset();
      expect(await refusal(token)).toBe('401 session_expired');
    });

    it('refuses a token of another issuer', async () => {
      const foreign = signed(claimsOf(), gateway.keys, { issuer: 'another-cloud' });
      expect(await refusal(foreign)).toBe('401 session_invalid');
    });

    it.each([
      { sub: 'root' },
      { sub: undefined },
      { role: 'service' },
      { role: 'superadmin' },
      { epoch: undefined },
      { epoch: 'high' },
      { tid: '*' },
    ])('refuses a signed token with the claims %j', async (claims) => {
      const token = signed({ ...claimsOf(), ...claims }, gateway.keys);
      expect(await refusal(token)).toBe('401 session_invalid');
    });

    it('refuses a session from the moment it is revoked, and takes the next one', async () => {
      const sub = randomUUID();
      const token = gateway.token({ sub });
      expect((await gateway.ask('/iaas/vpcs', { token })).status).toBe(200);
      await gateway.revoke(sub, 2);
      gateway.services.reset();
      expect(await refusal(token)).toBe('401 session_revoked');
      expect((await gateway.ask('/iaas/vpcs', { token: gateway.token({ sub, epoch: 2 }) })).status).toBe(200);
    });

    it.each(['Basic cm9vdDpyb290', randomUUID(), 'Bearer', 'Bearer x', 'a.b.c.d', '..', 'Bearer ../../etc'])(
      'knows no header like %j',
      async (authorization) => {
        expect(await refusal(authorization)).toBe('401 unknown_credentials');
      },
    );

    it('does not take a token from anywhere but its header', async () => {
      const token = gateway.token();
      const response = await gateway.ask(`/iaas/vpcs?access_token=${token}`, {
        headers: { Cookie: `jwt=${token}` },
      });
      expect(response.status).toBe(401);
    });
  });

  describe('with strange requests', () => {
    it('takes over a request id only when it is fit for a log', async () => {
      const ask = async (id: string): Promise<string | null> => {
        const response = await gateway.ask('/iaas/vpcs', { headers: { 'X-Request-Id': id } });
        const { requestId } = (await response.json()) as { requestId: string };
        expect(response.headers.get('x-request-id')).toBe(requestId);
        return requestId;
      };
      expect(await ask('trace-7.a:b')).toBe('trace-7.a:b');
      for (const id of ['x"} {"level":"fatal"', '<script>', 'a'.repeat(129), 'é', 'a b', '$(id)']) {
        expect(await ask(id)).toMatch(/^[0-9a-f-]{36}$/);
      }
    });

    it('cannot be made to split its answer by a request id with a line break', async () => {
      const answer = await raw(
        'GET /iaas/vpcs HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: a\nSet-Cookie: b=c\r\n\r\n',
      );
      expect(answer).not.toMatch(/^set-cookie/im);
    });

    it.each(['{"__proto__":{"admin":true},"name":"blue"}', '{"constructor":{"prototype":{}},"name":"blue"}'])(
      'refuses %s',
      async (body) => {
        const response = await gateway.ask('/iaas/vpcs', { method: 'POST', token: gateway.token(), body });
        expect(response.status).toBe(400);
        expect(gateway.services.callsOf(createVpc)).toEqual([]);
        expect(({} as { admin?: boolean }).admin).toBeUndefined();
      },
    );

    it('names the constructor for the unknown field that it is', async () => {
      const body = '{"name":"blue","constructor":null}';
      const response = await gateway.ask('/iaas/vpcs', { method: 'POST', token: gateway.token(), body });
      expect(await response.json()).toMatchObject({
        code: 'invalid_input',
        errors: [{ field: 'constructor' }],
      });
    });

    it('survives JSON of a hundred thousand levels', async () => {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ]) {
        const deep = `${open?.repeat(100_000)}1${close?.repeat(100_000)}`;
        const body = `{"name":"blue","metadata":${deep}}`;
        const response = await gateway.ask('/iaas/vpcs', { method: 'POST', token: gateway.token(), body });
        expect(await response.json()).toMatchObject({ status: 400, code: 'invalid_input' });
      }
    });

    it('answers shortly to a body full of unknown fields', async () => {
      const fields = Array.from({ length: 50_000 }, (_, index) => `"f${index}":1`);
      const body = `{"name":"blue",${fields.join()}}`;
      const response = await gateway.ask('/iaas/vpcs', { method: 'POST', token: gateway.token(), body });
      expect(response.status).toBe(400);
      expect((await response.text()).length).toBeLessThan(10_000);
    });

    it('reads no more than its limit of a body of 5 MB', async () => {
      const body = JSON.stringify({ name: 'x'.repeat(5_000_000) });
      const response = await gateway.ask('/iaas/vpcs', { method: 'POST', token: gateway.token(), body });
      expect(await response.json()).toMatchObject({ status: 413, code: 'body_too_large' });
    });

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      '',
    ])('refuses a body of type %j', async (type) => {
      const headers = { 'Content-Type': type };
      const body = '{"name":"blue"}';
      const response = await gateway.ask('/iaas/vpcs', {
        method: 'POST',
        token: gateway.token(),
        body,
        headers,
      });
      expect(await response.json()).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    });

    it.each(['/iaas/vms/%zz', `/iaas/vms/${'a'.repeat(500)}`, '/iaas/vms/%00', '/iaas/vms/..%2f..%2fhosts'])(
      'refuses the path %s',
      async (path) => {
        const response = await gateway.ask(path, { token: gateway.token() });
        expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect([400, 404, 414]).toContain(response.status);
        expect(gateway.services.calls).toEqual([]);
      },
    );

    it('passes no field of the query on that is not declared', async () => {
      const token = gateway.token();
      for (const query of [
        'limit=1&limit=2',
        'limit[]=1',
        '__proto__=1',
        'constructor=1',
        'limit=1e2',
        'limit=',
      ]) {
        const response = await gateway.ask(`/iaas/vpcs?${query}`, { token });
        expect(`${query}: ${response.status}`).toBe(`${query}: 400`);
      }
      expect(gateway.services.callsOf(listVpcs)).toEqual([]);
    });

    it('answers no other site', async () => {
      const headers = { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' };
      for (const method of ['OPTIONS', 'GET']) {
        const response = await gateway.ask('/iaas/vpcs', { method, token: gateway.token(), headers });
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
      }
    });
  });

  describe('when something inside fails', () => {
    it('tells the request id and nothing of the failure, which goes to the log', async () => {
      const written = jest.spyOn(log, 'error').mockImplementation(() => undefined);
      gateway.services.answer(listVpcs, () => {
        throw new TypeError('password of postgres is hunter2');
      });
      const headers = { 'X-Request-Id': 'told-apart' };
      const response = await gateway.ask('/iaas/vpcs', { token: gateway.token(), headers });
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'internal', requestId: 'told-apart' });
      expect(text).not.toContain('hunter2');
      expect(written.mock.calls).toEqual([
        [expect.objectContaining({ requestId: 'told-apart' }), 'request failed'],
      ]);
      written.mockRestore();
    });

    it('never writes a token or a password to the log', async () => {
      const lines: string[] = [];
      const info = jest
        .spyOn(log, 'info')
        .mockImplementation((...line) => void lines.push(JSON.stringify(line)));
      const token = gateway.token();
      await gateway.ask('/iaas/vpcs?after=cursor', { token });
      const body = { email: 'ada@blue.example', password: 'a very secret thing' };
      await gateway.ask('/iaas/sessions', { method: 'POST', body });
      await new Promise((resolve) => setTimeout(resolve, 20));
      info.mockRestore();
      expect(lines).toHaveLength(2);
      expect(lines.join()).not.toContain(token.slice(0, 40));
      expect(lines.join()).not.toMatch(/secret|cursor/);
      expect(lines[0]).toMatch(
        /"requestId":.*"tenantId":.*"operation":"network.vpcs.list".*"status":200,"ms":/,
      );
    });
  });

  function raw(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const { hostname, port } = new URL(gateway.url);
      const socket = connect(Number(port), hostname, () => socket.end(request));
      socket.on('data', (bytes) => (answer += bytes.toString('utf8')));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  }
});
