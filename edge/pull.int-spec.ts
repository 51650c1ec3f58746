// Pull mode: edges that fetch through the host from an origin of the test, and keep what it lets them keep.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { check } from '../lab/command';
import { type Answer } from './testing/http';
import { type Instance } from './testing/instance';
import { EdgeNetwork } from './testing/network';

jest.setTimeout(60_000);

/** What the origin answers: a Cache-Control and how long it takes; the text is its count of answers. */
interface Resource {
  readonly control?: string;
  readonly delayMs?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

class Origin {
  readonly resources = new Map<string, Resource>();
  readonly asked: IncomingMessage[] = [];
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async listen(address: string): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, address, resolve));
    return `http://${address}:${(this.server.address() as AddressInfo).port}/base`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  count(path: string): number {
    return this.asked.filter(({ url = '' }) => decodeURI(url).split('?')[0] === `/base${path}`).length;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked.push(request);
    const path = decodeURI(request.url ?? '')
      .replace('/base', '')
      .split('?')[0];
    const { control, delayMs = 0, status = 200, headers = {} } = this.resources.get(path) ?? { status: 404 };
    const text = `${path} ${this.count(path)}`;
    await sleep(delayMs);
    response.writeHead(status, {
      'content-type': 'text/plain',
      'content-length': Buffer.byteLength(text),
      ...(control && { 'cache-control': control }),
      ...headers,
    });
    response.end(text);
  }
}

/** Key and certificate, PEM. */
async function selfSigned(): Promise<[string, string]> {
  const words = 'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=origin -keyout - -out -'.split(' ');
  const both = await check(['openssl', ...words]);
  const [key = '', cert = ''] = both.split(/(?=-----BEGIN CERTIFICATE)/);
  return [key, cert];
}

describe('an edge that pulls', () => {
  const origin = new Origin();
  let network: EdgeNetwork;
  let host: Instance;
  let one: Instance;
  let two: Instance;
  let pull: { origin: string };

  beforeAll(async () => {
    network = await EdgeNetwork.open();
    pull = { origin: await origin.listen(`${network.prefix}.1`) };
    host = await network.start({ role: 'host' });
    one = await network.start({ role: 'edge', location: 'loc1', origin: host.address });
    two = await network.start({ role: 'edge', location: 'loc2', origin: host.address });
    await tell({});
  });

  afterAll(async () => {
    await network.close();
    await origin.close();
  });

  const tell = async (more: Readonly<Record<string, unknown>>): Promise<void> => {
    for (const instance of [host, one, two])
      expect((await instance.control('PUT', '/settings', { pull, ...more })).status).toBe(200);
  };
  const cacheOf = ({ headers }: Answer): string | undefined => headers['x-nubo-cache'];

  it('fetches once, through the host, and answers from its cache then', async () => {
    origin.resources.set('/a b.txt', {
      control: 'public, max-age=600',
      headers: { 'x-of': 'origin', etag: '"e1"', 'x-accel-redirect': '/healthz' },
    });
    const first = await one.get('/a%20b.txt?v=1&location=loc1');
    expect(first).toMatchObject({
      status: 200,
      text: '/a b.txt 1',
      headers: { 'x-of': 'origin', etag: '"e1"' },
    });
    expect(cacheOf(first)).toBe('MISS');
    expect(first.headers).toMatchObject({ 'x-nubo-location': 'loc1', 'content-type': 'text/plain' });
    expect(first.headers['x-accel-expires']).toBeUndefined();
    expect(cacheOf(await one.get('/a%20b.txt?v=1'))).toBe('HIT');
    // The host has it, so the other edge needs no origin.
    expect(await two.get('/a%20b.txt?v=1')).toMatchObject({ text: '/a b.txt 1' });
    expect((await one.get('/a%20b.txt?v=2')).text).toBe('/a b.txt 2');
    expect(origin.asked.map(({ url }) => url)).toEqual(['/base/a%20b.txt?v=1', '/base/a%20b.txt?v=2']);
    expect(await one.get('/a%20b.txt?v=1', { range: 'bytes=1-3' })).toMatchObject({
      status: 206,
      text: 'a b',
    });
    expect((await one.get('/a%20b.txt?v=1', { 'if-none-match': '"e1"' })).status).toBe(304);
    expect(await one.get('/a%20b.txt?v=1', {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
  });

  it('keeps what has a question mark in its path apart from what has a query', async () => {
    for (const path of ['/list', '/list?page=2']) origin.resources.set(path, { control: 'max-age=600' });
    const before = origin.asked.length;
    for (const path of ['/list%3Fpage=2', '/list?page=2', '/list%3Fpage=2']) await one.get(path);
    expect(cacheOf(await one.get('/list?page=2'))).toBe('HIT');
    const asked = origin.asked.slice(before).map(({ url }) => url);
    expect(asked).toEqual(['/base/list%3Fpage=2', '/base/list?page=2']);
  });

  it('keeps nothing that it may not keep, and sends nobody’s cookies or authorization', async () => {
    const secret = { cookie: 'a=b', authorization: 'Bearer x' };
    for (const control of ['no-store', 'private', 'no-cache', 'max-age=0']) {
      origin.resources.set(`/${control}`, { control });
      expect((await one.get(`/${control}`, secret)).text).toBe(`/${control} 1`);
      expect((await one.get(`/${control}`, secret)).text).toBe(`/${control} 2`);
    }
    origin.resources.set('/cookie', { control: 'max-age=60', headers: { 'set-cookie': 'session=1' } });
    expect((await one.get('/cookie')).text).toBe('/cookie 1');
    expect((await one.get('/cookie')).text).toBe('/cookie 2');
    for (const { headers } of origin.asked) {
      expect(headers.cookie).toBeUndefined();
      expect(headers.authorization).toBeUndefined();
    }
    expect((await one.get('/none')).status).toBe(404);
    expect((await one.get('/no-store', {}, 'POST')).status).toBe(405);
  });

  it('asks the origin once for 200 clients of both edges', async () => {
    origin.resources.set('/cold', { control: 'max-age=600', delayMs: 300 });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? one : two).get('/cold')),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['200 /cold 1']));
    expect(origin.count('/cold')).toBe(1);
  });

  it('keeps an answer no longer than it lives, although two keep it', async () => {
    origin.resources.set('/short', { control: 'max-age=3' });
    expect((await one.get('/short')).text).toBe('/short 1');
    const began = Date.now();
    await sleep(2_000);
    // The host has had it for two of the three seconds.
    expect((await two.get('/short')).text).toBe('/short 1');
    await sleep(began + 4_500 - Date.now());
    expect((await two.get('/short')).text).toBe('/short 2');
    expect((await one.get('/short')).text).toBe('/short 2');
  });

  it('answers with what is stale while it is fetched anew, where the origin allows that', async () => {
    origin.resources.set('/swr', { control: 'max-age=1, stale-while-revalidate=60' });
    expect((await host.get('/swr')).text).toBe('/swr 1');
    origin.resources.set('/swr', { control: 'max-age=1, stale-while-revalidate=60', delayMs: 1_000 });
    await sleep(2_100);
    const stale = await host.get('/swr');
    expect([cacheOf(stale), stale.text]).toEqual(['STALE', '/swr 1']);
    const updating = await host.get('/swr');
    expect([cacheOf(updating), updating.text]).toEqual(['UPDATING', '/swr 1']);
    for (let n = 0; n < 50 && (await host.get('/swr')).text === '/swr 1'; n += 1) await sleep(100);
    expect((await host.get('/swr')).text).not.toBe('/swr 1');
  });

  it('answers with what is stale when the origin fails, and else says that it does', async () => {
    origin.resources.set('/failing', { control: 'max-age=1' });
    expect((await one.get('/failing')).text).toBe('/failing 1');
    origin.resources.set('/failing', { status: 503 });
    await sleep(2_100);
    expect(await one.get('/failing')).toMatchObject({ status: 200, text: '/failing 1' });
    await tell({ pull: { origin: `http://${network.prefix}.1:9/` } });
    const lost = await one.get('/lost');
    expect(lost).toMatchObject({ status: 502, headers: { 'cache-control': 'no-store' } });
    expect(JSON.parse(lost.text)).toMatchObject({ code: 'origin' });
    await tell({});
  });

  it('gives through a controller what the origin says when it is busy, and asks it once', async () => {
    const controller = await network.start({ role: 'controller' });
    await controller.control('PUT', '/settings', { pull });
    const instances = [host, one, two].map(({ address }, n) => ({
      id: `i${n}`,
      role: n === 0 ? 'host' : 'edge',
      location: `loc${n}`,
      address,
    }));
    await controller.control('PUT', '/instances', { instances });
    origin.resources.set('/busy', { status: 503, headers: { 'retry-after': '7' } });
    for (const n of [1, 2])
      expect(await controller.get(`/busy?location=loc1&n=${n}`)).toMatchObject({
        status: 503,
        text: `/busy ${n}`,
        headers: { 'retry-after': '7' },
      });
    origin.resources.set('/well', { control: 'max-age=60' });
    expect(await controller.get('/well?location=loc2')).toMatchObject({
      status: 200,
      text: '/well 1',
      headers: { 'x-nubo-location': 'loc2' },
    });
    await two.kill();
    expect((await controller.get('/well?location=loc2')).headers['x-nubo-location']).toBe('loc1');
    await two.start();
    await controller.kill();
  });

  it('believes no origin whose certificate nobody vouches for', async () => {
    const [key, cert] = await selfSigned();
    const asked: string[] = [];
    const server = createSecureServer({ key, cert }, ({ url = '' }, response) => {
      asked.push(url);
      response.end('from somebody');
    });
    await new Promise<void>((resolve) => server.listen(0, `${network.prefix}.1`, resolve));
    const { port } = server.address() as AddressInfo;
    await tell({ pull: { origin: `https://${network.prefix}.1:${port}` } });
    expect(await one.get('/page')).toMatchObject({ status: 502 });
    expect(asked).toEqual([]);
    await tell({});
    server.close();
  });

  it('forgets one path, all below a prefix, or everything, and nothing else', async () => {
    const paths = ['/p/one', '/p/two', '/q/one'];
    for (const path of paths) origin.resources.set(path, { control: 'max-age=600' });
    const texts = async (): Promise<string[]> => {
      const answers = await Promise.all([one, two].flatMap((edge) => paths.map((path) => edge.get(path))));
      return [...new Set(answers.map(({ text }) => text))].sort();
    };
    expect(await texts()).toEqual(['/p/one 1', '/p/two 1', '/q/one 1']);
    const rule = { kind: 'path', value: '/p/one', epoch: 1 };
    await tell({ epochs: { all: 0, rules: [rule] } });
    expect(await texts()).toEqual(['/p/one 2', '/p/two 1', '/q/one 1']);
    const prefix = { kind: 'prefix', value: '/p/', epoch: 2 };
    await tell({ epochs: { all: 0, rules: [rule, prefix] } });
    expect(await texts()).toEqual(['/p/one 3', '/p/two 2', '/q/one 1']);
    await tell({ epochs: { all: 3, rules: [] } });
    expect(await texts()).toEqual(['/p/one 4', '/p/two 3', '/q/one 2']);
    expect(await texts()).toEqual(['/p/one 4', '/p/two 3', '/q/one 2']);
  });

  it('counts what the cache answered as hits, and keeps its cache over kill -9', async () => {
    origin.resources.set('/kept', { control: 'max-age=600' });
    expect(cacheOf(await one.get('/kept'))).toBe('MISS');
    const sums = async (): Promise<{ requests: number; hits: number }> => {
      await sleep(2_500);
      const { body } = await one.control<{ requests: number; hits: number }[]>('GET', '/stats');
      const sum = (kind: 'requests' | 'hits'): number => body.reduce((all, minute) => all + minute[kind], 0);
      return { requests: sum('requests'), hits: sum('hits') };
    };
    const before = await sums();
    for (let n = 0; n < 10; n += 1) await one.get('/kept');
    await one.get('/kept?miss=1');
    const after = await sums();
    expect([after.requests - before.requests, after.hits - before.hits]).toEqual([11, 10]);
    await one.kill();
    await one.start();
    expect(await one.get('/kept')).toMatchObject({ text: '/kept 1', headers: { 'x-nubo-cache': 'HIT' } });
  });

  it('checks signatures, keeps one answer for all of them, and never shows them to the origin', async () => {
    origin.resources.set('/signed', { control: 'max-age=600' });
    await tell({ keys: [{ id: 'k', secret: 's' }] });
    const expires = Math.floor(Date.now() / 1000) + 60;
    const sign = (until: number): string =>
      `expires=${until}&key=k&signature=${createHmac('sha256', 's').update(`/signed\n${until}`).digest('hex')}`;
    expect((await one.get('/signed')).status).toBe(403);
    expect((await host.get('/signed')).status).toBe(403);
    expect((await one.get(`/signed?${sign(expires)}`)).text).toBe('/signed 1');
    expect(cacheOf(await one.get(`/signed?${sign(expires + 1)}`))).toBe('HIT');
    expect(origin.asked.at(-1)?.url).toBe('/base/signed');
  });

  it('serves what is pushed again when it is told so', async () => {
    await tell({ pull: null });
    expect(await one.get('/kept')).toMatchObject({ status: 503 });
    expect((await one.control('GET', '/state')).body).toMatchObject({ mode: 'none', pull: null });
  });
});
