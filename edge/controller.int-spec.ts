// A controller before real edges: which of them answers, and who answers when one is killed or hangs.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer } from './testing/http';
import { type Instance } from './testing/instance';
import { EdgeNetwork } from './testing/network';
import { activate, push, releaseOf } from './testing/publish';

jest.setTimeout(60_000);

const PAGE = releaseOf({
  'index.html': 'page',
  'a b/ü.txt': 'name',
  'dir/index.html': 'folder',
  'big.bin': 'x'.repeat(300_000),
});

describe('a controller', () => {
  let network: EdgeNetwork;
  let host: Instance;
  let one: Instance;
  let two: Instance;
  let controller: Instance;

  beforeAll(async () => {
    network = await EdgeNetwork.open();
    [host, one, two, controller] = await Promise.all([
      network.start({ role: 'host', location: 'home' }),
      network.start({ role: 'edge', location: 'loc1' }),
      network.start({ role: 'edge', location: 'loc2' }),
      network.start({ role: 'controller', location: 'home' }),
    ]);
    for (const instance of [host, one, two]) {
      await push(instance, 'r1', PAGE);
      await activate(instance, 'r1');
    }
  });

  afterAll(() => network.close());

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    controller.get(path, headers, method);
  const whoAnswers = async (path = '/'): Promise<string | undefined> => {
    const { status, headers } = await get(path);
    return status === 200 ? headers['x-nubo-location'] : String(status);
  };
  const tell = async (weights: readonly number[] = [1, 1]): Promise<void> => {
    const instances = [
      { id: 'i-host', role: 'host', location: 'home', address: host.address },
      {
        id: 'i-1',
        role: 'edge',
        location: 'loc1',
        address: one.address,
        externalUrl: 'http://203.0.113.7:8001',
        weight: weights[0],
      },
      {
        id: 'i-2',
        role: 'edge',
        location: 'loc2',
        address: two.address,
        externalUrl: null,
        weight: weights[1],
      },
    ];
    expect((await controller.control('PUT', '/instances', { instances })).body).toEqual({ instances: 3 });
  };
  const until = async (condition: () => Promise<boolean>): Promise<number> => {
    const began = Date.now();
    while (!(await condition())) {
      if (Date.now() - began > 10_000) throw new Error('not in 10 s');
      await sleep(50);
    }
    return Date.now() - began;
  };
  const health = async (): Promise<unknown> => {
    const { instances } = (await controller.control<{ instances: { healthy: boolean }[] }>('GET', '/state'))
      .body;
    return instances.map(({ healthy }) => healthy);
  };

  it('says that nobody answers before it knows anybody, and refuses what are no instances', async () => {
    expect(await get('/')).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store' } });
    const right = { id: 'a', role: 'edge', location: 'l', address: '192.0.2.1' };
    const wrong = [
      { id: 'a' },
      { ...right, id: 'a b' },
      { ...right, role: 'admin' },
      { ...right, location: 'l\r\nSet-Cookie: a' },
      { ...right, address: 'example.org' },
      { ...right, address: '192.0.2.1:8081' },
      { ...right, externalUrl: 'javascript:alert(1)' },
      { ...right, externalUrl: 'http://192.0.2.1/\r\nSet-Cookie: a' },
      { ...right, weight: -1 },
      { ...right, weight: '1' },
    ];
    for (const instance of wrong)
      expect([
        instance,
        (await controller.control('PUT', '/instances', { instances: [instance] })).status,
      ]).toEqual([instance, 422]);
    expect((await controller.control('PUT', '/instances', { instances: 'all' })).status).toBe(422);
  });

  it('answers from the edge of the location that was asked for', async () => {
    await tell();
    for (let n = 0; n < 10; n += 1) {
      expect(await whoAnswers('/?location=loc1')).toBe('loc1');
      expect(await whoAnswers('/?x=1&location=loc2')).toBe('loc2');
    }
    expect((await get('/a%20b/%C3%BC.txt?location=loc2')).text).toBe('name');
  });

  it('answers a gateway only for the customer that it is of', async () => {
    const as = async (customer: string) => (await get('/', { 'x-nubo-customer': customer })).status;
    expect(await as('grace')).toBe(200);
    await controller.control('PUT', '/settings', { customer: 'ada' });
    expect([await as('ada'), await as('grace'), (await get('/')).status]).toEqual([200, 421, 200]);
  });

  it('lists the locations that there are when it does not know the one', async () => {
    const { status, text, headers } = await get('/?location=loc9');
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ code: 'no_location', locations: ['loc1', 'loc2'] });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    });
    expect((await get('/?location=home')).status).toBe(404);
  });

  it('passes on HEAD, ranges and conditions', async () => {
    const head = await get('/big.bin?location=loc1', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '300000' } });
    const { etag = '' } = head.headers;
    expect((await get('/big.bin?location=loc2', { 'if-none-match': etag })).status).toBe(304);
    expect(await get('/big.bin', { range: 'bytes=5-9' })).toMatchObject({ status: 206, text: 'xxxxx' });
    expect(await get('/none?location=loc1')).toMatchObject({
      status: 404,
      headers: { 'cache-control': 'no-store' },
    });
    expect((await get('/', {}, 'DELETE')).status).toBe(405);
  });

  it('redirects to the edge itself when asked, where that has an address outside', async () => {
    const { status, headers } = await get('/a%20b/%C3%BC.txt?location=loc1&redirect=1&v=2');
    expect({ status, to: headers.location }).toEqual({
      status: 302,
      to: 'http://203.0.113.7:8001/a%20b/%C3%BC.txt?v=2',
    });
    expect(await whoAnswers('/?location=loc2&redirect=1')).toBe('loc2');
  });

  it('leads on to folders, and there to the same location', async () => {
    const led = async (path: string) => (await get(path)).headers.location;
    expect(await led('/dir?location=loc1&user=ada%40x&near=loc2')).toBe(
      '/dir/?location=loc1&near=loc2&user=ada%40x',
    );
    expect(await led('/dir?v=1&location=loc1')).toBe('/dir/?v=1&location=loc1');
    expect([await led('/dir'), await led('/dir?v=1')]).toEqual(['/dir/', '/dir/?v=1']);
    expect((await get('/dir/?location=loc1')).text).toBe('folder');
  });

  it('takes the near edge, or else one by weight', async () => {
    for (let n = 0; n < 10; n += 1) expect(await whoAnswers('/?near=loc2')).toBe('loc2');
    const seen = new Set<unknown>();
    for (let n = 0; n < 40; n += 1) seen.add(await whoAnswers('/?near=elsewhere'));
    expect(seen).toEqual(new Set(['loc1', 'loc2']));
    await tell([1, 0]);
    for (let n = 0; n < 20; n += 1) expect(await whoAnswers()).toBe('loc1');
    await tell();
  });

  it.each<[string, (edge: Instance) => unknown, (edge: Instance) => unknown]>([
    ['killed', (edge) => edge.kill(), (edge) => edge.start()],
    ['hanging', (edge) => edge.hang(), (edge) => edge.wake()],
  ])('leaves a %s edge out, answers from another one meanwhile, and takes it back', async (_, harm, heal) => {
    expect(await whoAnswers('/?location=loc1')).toBe('loc1');
    await harm(one);
    expect(await whoAnswers('/?location=loc1')).toBe('loc2');
    await until(async () => JSON.stringify(await health()) === '[false,true]');
    for (let n = 0; n < 10; n += 1) expect(await whoAnswers('/?location=loc1')).toBe('loc2');
    await heal(one);
    await until(async () => JSON.stringify(await health()) === '[true,true]');
    expect(await whoAnswers('/?location=loc1')).toBe('loc1');
  });

  it('answers from the host when no edge does, and remembers its instances', async () => {
    await controller.kill();
    await controller.start();
    await Promise.all([one.kill(), two.kill()]);
    expect(await whoAnswers('/?location=loc1')).toBe('home');
    await host.kill();
    const nobody = await get('/?location=loc1');
    expect([nobody.status, JSON.parse(nobody.text)]).toMatchObject([503, { code: 'no_instance' }]);
    await host.start();
    await Promise.all([one.start(), two.start()]);
    await until(async () => JSON.stringify(await health()) === '[true,true]');
    expect(await whoAnswers('/?location=loc2')).toBe('loc2');
  });

  it('leaves an edge out that has nothing to serve yet', async () => {
    const fresh = await network.start({ role: 'edge', location: 'loc3' });
    const instances = [one, fresh].map(({ address }, n) => ({
      id: `n${n}`,
      role: 'edge',
      location: `loc${n * 2 + 1}`,
      address,
    }));
    await controller.control('PUT', '/instances', { instances });
    expect(await whoAnswers('/?location=loc3')).toBe('loc1');
    await push(fresh, 'r1', PAGE);
    await activate(fresh, 'r1');
    await until(async () => (await whoAnswers('/?location=loc3')) === 'loc3');
  });
});
