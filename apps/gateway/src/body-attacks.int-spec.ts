/** What people hide in names, labels, numbers and cursors. */
import { request, type IncomingHttpHeaders } from 'node:http';
import { createVm, createVpc, enrolHost, listVpcs, updateVpc } from '@nubo/contracts';
import { testGateway, type TestGateway } from './testing/test-gateway';

jest.setTimeout(60_000);

const ID = '3b1f8a52-6c0d-4f6e-9d2a-5e7c4b8a9f10';

describe('the gateway', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await testGateway();
  });
  afterAll(() => gateway?.stop());
  beforeEach(() => gateway.services.reset());

  const send = (method: string, path: string, body: string): Promise<Response> =>
    gateway.ask(path, { method, token: gateway.token({ role: 'admin', tid: null }), body });
  const nothingCalled = (): void => {
    for (const op of [createVm, createVpc, enrolHost, updateVpc])
      expect(gateway.services.callsOf(op)).toEqual([]);
  };
  /** The fields that a refusal names, each once. */
  async function namedBy(asked: Promise<Response>): Promise<string[]> {
    const { status, errors } = (await (await asked).json()) as {
      status: number;
      errors: { field: string }[];
    };
    expect(status).toBe(400);
    return [...new Set(errors.map(({ field }) => field))];
  }
  const many = (count: number, value = '"x"'): string =>
    `{${Array.from({ length: count }, (_, n) => `"k${n}":${value}`).join()}}`;

  describe.each([
    ['POST', '/iaas/vpcs', '{"name":"blue","metadata":'],
    ['PUT', `/iaas/vpcs/${ID}`, '{"metadata":'],
  ])('with labels in a %s', (method, path, start) => {
    it.each([
      ['a prototype', '{"__proto__":{"polluted":"yes"}}'],
      ['a prototype that is escaped', '{"__pr\\u006fto__":{"polluted":"yes"}}'],
      ['a prototype of text', '{"__proto__":"yes"}'],
      ['a constructor', '{"constructor":{"prototype":{"polluted":"yes"}}}'],
      ['a constructor of text', '{"constructor":"yes"}'],
      ['the name of a prototype', '{"prototype":"yes"}'],
      ['a method of every object', '{"toString":"yes"}'],
      ['a getter of every object', '{"__defineGetter__":"yes"}'],
      ['a key with a line break', '{"a\\r\\nSet-Cookie: b":"c"}'],
      ['a key with a quote', '{"a\'b":"c"}'],
      ['an empty key', '{"":"c"}'],
      ['a key that is too long', `{"${'k'.repeat(64)}":"c"}`],
      ['a number', '{"a":1}'],
      ['a number beyond all', '{"a":1e999}'],
      ['a list', '["a"]'],
      ['a text', '"a"'],
      ['an object', '{"a":{"b":"c"}}'],
      ['null as a value', '{"a":null}'],
      ['NUL', '{"a":"\\u0000"}'],
      ['half a surrogate pair', '{"a":"\\ud83d"}'],
      ['a value that is too long', `{"a":"${'x'.repeat(256)}"}`],
      ['too many keys', many(51)],
      ['very many keys', many(50_000)],
    ])('refuses %s', async (_what, labels) => {
      const response = await send(method, path, `${start}${labels}}`);
      expect(response.status).toBe(400);
      expect((await response.text()).length).toBeLessThan(10_000);
      expect(({} as { polluted?: string }).polluted).toBeUndefined();
      nothingCalled();
    });

    it('takes fifty', async () => {
      expect((await send(method, path, `${start}${many(50)}}`)).status).toBeLessThan(300);
    });
  });

  it.each([
    '1e999',
    '-1e999',
    '1e308',
    '9007199254740993',
    '0.1',
    '-1',
    '1e-7',
    '"2"',
    'true',
    '[2]',
    'null',
  ])('takes no %s for a count of processors or a port', async (number) => {
    const vm = `{"name":"web","imageId":"${ID}","vcpus":${number}}`;
    expect(await namedBy(send('POST', '/iaas/vms', vm))).toEqual(['vcpus']);
    const host = `{"address":"192.0.2.1","user":"root","password":"x","port":${number}}`;
    expect(await namedBy(send('POST', '/iaas/hosts', host))).toEqual(['port']);
    nothingCalled();
  });

  it('answers shortly to a number of a million digits, and to a text of a million quotes', async () => {
    for (const value of ['9'.repeat(1_000_000), `"${'\\"'.repeat(500_000)}"`]) {
      const response = await send('POST', '/iaas/vpcs', `{"name":${value}}`);
      expect([400, 413]).toContain(response.status);
      expect((await response.text()).length).toBeLessThan(10_000);
    }
    nothingCalled();
  });

  it('takes the last of a name that is given twice, checked like any', async () => {
    const response = await send('POST', '/iaas/vpcs', '{"name":"blue","name":"Not A Name"}');
    expect(await response.json()).toMatchObject({ status: 400, errors: [{ field: 'name' }] });
  });

  it('lets no line break of a query or a cursor into the Link', async () => {
    const attack = 'x\r\nSet-Cookie: a=b\r\n\r\n<script>';
    gateway.services.answer(listVpcs, () => ({ items: [], next: attack }));
    const asked = new URLSearchParams({ query: `name="${attack}"` });
    const response = await gateway.ask(`/iaas/vpcs?${asked}`, { token: gateway.token() });
    expect(response.status).toBe(200);
    expect(response.headers.get('set-cookie')).toBeNull();
    const link = response.headers.get('link') ?? '';
    expect(link).toMatch(/^<\/iaas\/vpcs\?[\w%&=.*+-]+>; rel="next"$/);
    expect(new URLSearchParams(link.slice(link.indexOf('?') + 1, link.indexOf('>'))).get('after')).toBe(
      attack,
    );
  });

  it('says where things are on itself, whatever server a request names in its first line', async () => {
    gateway.services.answer(listVpcs, () => ({ items: [], next: 'cursor' }));
    for (const [method, header] of [
      ['GET', 'link'],
      ['POST', 'location'],
    ] as const) {
      const headers = await answered(method, 'http://evil.example/iaas/vpcs');
      expect(headers[header]).toMatch(/^<?\/iaas\/vpcs[/?]/);
    }
  });

  /** The headers of what is answered to a request whose first line names `target` as it is. */
  function answered(method: string, target: string): Promise<IncomingHttpHeaders> {
    const { hostname, port } = new URL(gateway.url);
    const headers = { Authorization: gateway.token(), 'Content-Type': 'application/json' };
    return new Promise((resolve, reject) => {
      const asked = request({ hostname, port, method, path: target, headers }, (response) => {
        response.resume();
        resolve(response.headers);
      });
      asked.on('error', reject);
      asked.end(method === 'POST' ? '{"name":"blue"}' : undefined);
    });
  }

  it('lets no Idempotency-Key or If-Match with a line break or a letter beyond ASCII in', async () => {
    for (const value of ['a\tb', 'caf\u00e9', '"\u00e9"']) {
      const headers = { 'Idempotency-Key': value, 'If-Match': value };
      const token = gateway.token();
      const made = await gateway.ask('/iaas/vpcs', {
        method: 'POST',
        token,
        body: { name: 'blue' },
        headers,
      });
      const changed = await gateway.ask(`/iaas/vpcs/${ID}`, { method: 'PUT', token, body: {}, headers });
      expect([made.status, changed.status]).toEqual([400, 400]);
    }
    nothingCalled();
  });
});
