// Signed URLs at edges and controllers, and what is counted of requests.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Instance } from './testing/instance';
import { EdgeNetwork } from './testing/network';
import { activate, push, releaseOf } from './testing/publish';

jest.setTimeout(60_000);

interface Minute {
  readonly minute: number;
  readonly requests: number;
  readonly bytes: number;
  readonly hits: number;
  readonly errors: number;
}

const KEYS = [
  { id: 'new', secret: 'the newer secret' },
  { id: 'old', secret: 'the older secret' },
];
const later = (): number => Math.floor(Date.now() / 1000) + 600;
const FILES = {
  'index.html': 'page',
  'a b/ü.txt': 'name',
  'dir/index.html': 'dir',
  'c++.txt': 'plus',
  'c  .txt': 'spaces',
};

/** The query of a signed URL of `path`, as it is when decoded. */
function signed(path: string, { id, secret } = KEYS[0], expires: number | string = later()): string {
  const signature = createHmac('sha256', secret).update(`${path}\n${expires}`).digest('hex');
  return `expires=${expires}&key=${id}&signature=${signature}`;
}

describe('signed URLs and counting', () => {
  let network: EdgeNetwork;
  let edge: Instance;
  let controller: Instance;

  beforeAll(async () => {
    network = await EdgeNetwork.open();
    edge = await network.start({ role: 'edge', location: 'loc1' });
    controller = await network.start({ role: 'controller' });
    await push(edge, 'r1', releaseOf(FILES));
    await activate(edge, 'r1');
    const instances = [{ id: 'e', role: 'edge', location: 'loc1', address: edge.address }];
    await controller.control('PUT', '/instances', { instances });
  });

  afterAll(() => network.close());

  const tell = async (settings: object): Promise<void> => {
    for (const instance of [edge, controller])
      expect((await instance.control('PUT', '/settings', settings)).status).toBe(200);
  };
  const statuses = async (path: string): Promise<number[]> => [
    (await edge.get(path)).status,
    (await controller.get(path)).status,
  ];
  const OK = [200, 200];
  const NO = [403, 403];

  it('are not asked for without keys', async () => {
    expect(await statuses('/index.html')).toEqual(OK);
    await tell({ keys: [] });
    expect(await statuses('/index.html')).toEqual(OK);
  });

  it('open what they are signed for, with either of the two keys', async () => {
    await tell({ keys: KEYS });
    for (const key of KEYS) {
      expect(await statuses(`/index.html?${signed('/index.html', key)}`)).toEqual(OK);
      expect(await statuses(`/?${signed('/', key)}`)).toEqual(OK);
      expect(await statuses(`/dir/?${signed('/dir/', key)}`)).toEqual(OK);
      expect(await statuses(`/a%20b/%C3%BC.txt?x=1&${signed('/a b/ü.txt', key)}`)).toEqual(OK);
    }
    for (const path of ['/c++.txt', '/c%2B%2B.txt'])
      expect(await statuses(`${path}?${signed('/c++.txt')}`)).toEqual(OK);
    expect(await statuses(`/index.html?location=loc1&${signed('/index.html')}`)).toEqual(OK);
  });

  it('do not open anything else', async () => {
    const query = signed('/index.html');
    const last = query.at(-1);
    const tampered = [
      '/index.html',
      '/',
      `/?${query}`,
      `/a%20b/%C3%BC.txt?${query}`,
      `/./index.html?${query}`,
      `/c++.txt?${signed('/c  .txt')}`,
      `/index.html?${query.slice(0, -1)}${last === '0' ? '1' : '0'}`,
      `/index.html?${query.slice(0, -1)}`,
      `/index.html?${query.replace('key=new', 'key=old')}`,
      `/index.html?${query.replace('key=new', 'key=gone')}`,
      `/index.html?${query.replace(/expires=\d+/, `expires=${later() + 900}`)}`,
      `/index.html?${query.replace(/signature=.*/, 'signature=')}`,
      `/index.html?${signed('/index.html', KEYS[0], 'never')}`,
      `/index.html?${signed('/index.html', { id: 'new', secret: 'guessed' })}`,
    ];
    for (const path of tampered) expect([path, await statuses(path)]).toEqual([path, NO]);
    const { text, headers } = await edge.get('/index.html');
    expect(JSON.parse(text)).toMatchObject({ status: 403, code: 'signature' });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
    });
    expect((await edge.get(`/none.txt?${signed('/none.txt')}`)).status).toBe(404);
  });

  it('end when they expire, and with their key', async () => {
    const old = signed('/index.html', KEYS[1]);
    expect(await statuses(`/index.html?${signed('/index.html', KEYS[0], later() - 601)}`)).toEqual(NO);
    expect(await statuses(`/index.html?${old}`)).toEqual(OK);
    await tell({ keys: [{ id: 'newest', secret: 'yet another' }, KEYS[0]] });
    expect(await statuses(`/index.html?${old}`)).toEqual(NO);
    await edge.kill();
    await edge.start();
    expect((await edge.get('/index.html')).status).toBe(403);
    await tell({ keys: null });
    expect(await statuses('/index.html')).toEqual(OK);
  });

  it('are counted with all others by the minute: requests, bytes, hits and errors', async () => {
    const total = async (): Promise<Minute> => {
      const { body } = await edge.control<Minute[]>('GET', '/stats');
      const sum = (kind: keyof Minute): number => body.reduce((all, minute) => all + minute[kind], 0);
      return {
        minute: 0,
        requests: sum('requests'),
        bytes: sum('bytes'),
        hits: sum('hits'),
        errors: sum('errors'),
      };
    };
    await sleep(3_000);
    const before = await total();
    const answers = await Promise.all([
      ...Array.from({ length: 20 }, () => edge.get('/index.html')),
      ...Array.from({ length: 5 }, () => edge.get('/none')),
    ]);
    await edge.get('/healthz');
    const bodies = answers.reduce((all, { bytes }) => all + bytes.length, 0);
    for (let n = 0; n < 100 && (await total()).requests < before.requests + 25; n += 1) await sleep(100);
    const after = await total();
    expect(after.requests - before.requests).toBe(25);
    expect(after.hits - before.hits).toBe(20);
    expect(after.errors - before.errors).toBe(5);
    expect(after.bytes - before.bytes).toBeGreaterThan(bodies);
    const now = Math.floor(Date.now() / 60_000);
    const { body } = await edge.control<Minute[]>('GET', `/stats?since=${now - 1}`);
    expect(body.every(({ minute }) => minute >= now - 1 && minute <= now + 1)).toBe(true);
    expect((await edge.control('GET', `/stats?since=${now + 2}`)).body).toEqual([]);
  });
});
