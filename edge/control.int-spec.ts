// What an instance refuses to take, what it keeps when it does, and that flips under load never tear.
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get as httpGet, request } from 'node:http';
import { join } from 'node:path';
import { ask } from './testing/http';
import { type Instance } from './testing/instance';
import { EdgeNetwork } from './testing/network';
import { activate, digestOf, framesOf, manifestOf, push, releaseOf, type Line } from './testing/publish';

jest.setTimeout(120_000);

const EMPTY = digestOf('');
const line = (path: unknown, more: object = {}): Line => ({ path, sha256: EMPTY, size: 0, ...more }) as Line;

describe('what an instance refuses', () => {
  let network: EdgeNetwork;
  let edge: Instance;

  beforeAll(async () => {
    network = await EdgeNetwork.open();
    edge = await network.start({ role: 'edge' });
    await edge.control('POST', '/blobs', framesOf([[EMPTY, Buffer.alloc(0)]]));
  });

  afterAll(() => network.close());

  const drafts = (): string[] =>
    readdirSync(join(edge.root, 'srv/tmp')).filter((name) => /^\d+-\d+/.test(name));
  const put = (lines: readonly Line[], id = 'x'): ReturnType<Instance['control']> =>
    edge.control('PUT', `/releases/${id}`, manifestOf(lines));

  it('content that does not fit its digest; what came before it in the same body is kept', async () => {
    const good = randomBytes(200_000);
    const bad = Buffer.from('not what it says');
    const claimed = digestOf('another');
    const frames = framesOf([
      [digestOf(good), good],
      [claimed, bad],
      [digestOf('after'), Buffer.from('after')],
    ]);
    expect(await edge.control('POST', '/blobs', frames)).toMatchObject({
      status: 422,
      body: { code: 'digest', digest: claimed },
    });
    const digests = [digestOf(good), claimed, digestOf('after')];
    const { body } = await edge.control('POST', '/blobs/missing', { digests });
    expect(body).toEqual({ missing: digests.slice(1) });
    expect(drafts()).toEqual([]);
  });

  it('no content for what is a fault of its disk', async () => {
    const blob = Buffer.from('nowhere to put it');
    const folder = join(edge.root, 'srv/blobs', digestOf(blob).slice(0, 2));
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, 'no folder');
    const answer = await edge.control('POST', '/blobs', framesOf([[digestOf(blob), blob]]));
    rmSync(folder);
    expect(answer).toMatchObject({ status: 500, body: { code: 'storage', digest: digestOf(blob) } });
    expect(drafts()).toEqual([]);
  });

  it.each([
    ['a body that ends within a frame', Buffer.from(`${digestOf('x')} 100\nx`), 'frame'],
    ['a frame without a digest', Buffer.from('../../etc/passwd 1\nx'), 'frame'],
    ['a line that does not end', Buffer.alloc(5_000, 'a'), 'frame'],
    ['digits that are no digest', Buffer.from(`${'A'.repeat(64)} 1\nx`), 'frame'],
  ])('%s', async (_, body, code) => {
    expect(await edge.control('POST', '/blobs', body)).toMatchObject({ status: 422, body: { code } });
    expect(drafts()).toEqual([]);
  });

  it.each([
    '../up',
    'a/../../b',
    '/absolute',
    'a//b',
    'a/',
    './a',
    'a/.',
    '..',
    '',
    'nul\u0000byte',
    'new\nline',
    'back\\slash',
    42,
    null,
  ])('the path %j', async (path) => {
    expect(await put([line(path)])).toMatchObject({ status: 422, body: { code: 'path' } });
    expect(existsSync(join(edge.root, 'srv/releases/x'))).toBe(false);
    expect(drafts()).toEqual([]);
  });

  it('paths and names that are too long', async () => {
    for (const path of ['x'.repeat(300), `${'y'.repeat(200)}/`.repeat(6) + 'z'])
      expect(await put([line(path)])).toMatchObject({ status: 422, body: { code: 'path' } });
    expect((await put([line(`${'y'.repeat(200)}/`.repeat(5) + 'z')], 'long')).status).toBe(200);
  });

  it('manifests that are not sorted, name a file twice, or are no manifests', async () => {
    const order = { status: 422, body: { code: 'manifest_order' } };
    expect(await put([line('b'), line('a')])).toMatchObject(order);
    expect(await put([line('a'), line('a')])).toMatchObject(order);
    const packed = (more: object): object => ({ encodings: { gzip: { sha256: EMPTY, size: 0, ...more } } });
    const odd = [
      { sha256: 'zz' },
      { size: -1 },
      { size: 1.5 },
      { encodings: { zip: line('a') } },
      packed({ sha256: '../../etc/passwd' }),
      packed({ size: '0' }),
    ];
    for (const more of odd)
      expect(await put([line('a', more)])).toMatchObject({ status: 422, body: { code: 'manifest' } });
    expect(await edge.control('PUT', '/releases/x', Buffer.from('[]{'))).toMatchObject({ status: 422 });
    expect(await put([line('a'), line('a/b')])).toMatchObject({ status: 422, body: { code: 'conflict' } });
    const endless = { status: 422, body: { code: 'manifest', detail: 'A line is too long.' } };
    expect(await put([line('x'.repeat(9_000))])).toMatchObject(endless);
    expect(drafts()).toEqual([]);
  });

  it('ids of releases that are no names, and another manifest under a known one', async () => {
    for (const id of ['..', '.hidden', '-', 'a%2Fb', 'a%00', 'x'.repeat(65)])
      expect([404, 400, 422]).toContain((await put([line('a')], id)).status);
    expect((await put([line('a')], 'known')).status).toBe(200);
    expect((await put([line('a')], 'known')).status).toBe(200);
    expect(await put([line('b')], 'known')).toMatchObject({ status: 409, body: { code: 'release_exists' } });
    for (const release of ['../releases/known', './known', 7, null])
      expect((await edge.control('POST', '/active', { release })).status).toBe(404);
    expect((await edge.control('DELETE', '/releases/..')).status).not.toBe(500);
  });

  it('bodies of unknown length, settings that make no sense, and operations that it has not', async () => {
    const chunked = await new Promise((resolve) => {
      const headers = { authorization: `Bearer ${edge.token}`, 'transfer-encoding': 'chunked' };
      const sent = request(
        { host: edge.address, port: 8081, method: 'POST', path: '/blobs', headers },
        (response) => resolve(response.resume().statusCode),
      );
      sent.end('x');
    });
    expect(chunked).toBe(411);
    const wrong = [
      { keys: [{ id: 'a' }] },
      { keys: ['a', 'b', 'c'].map((id) => ({ id, secret: 's' })) },
      { pull: { origin: 'file:///etc/passwd' } },
      { pull: { origin: 'http://user@host/' } },
      { pull: { origin: 'http://host/$token' } },
      { epochs: { all: 'x' } },
      { epochs: { all: -1 } },
      { epochs: { all: 1, rules: [{ kind: 'regex', value: 'x', epoch: 1 }] } },
      { epochs: { all: 1, rules: [{ kind: 'path', value: '', epoch: 1 }] } },
      { epochs: { all: 1, rules: [{ kind: 'path', value: '/x', epoch: 1.5 }] } },
      { keys: [{ id: 'i'.repeat(65), secret: 's' }] },
      { keys: [{ id: 'i', secret: 's'.repeat(257) }] },
    ];
    for (const settings of wrong)
      expect(await edge.control('PUT', '/settings', settings)).toMatchObject({ status: 422 });
    expect((await edge.control('PUT', '/settings', Buffer.from('nonsense'))).status).toBe(422);
    expect((await edge.control('PATCH', '/state')).status).toBe(404);
  });

  it('questions that name no digests, and documents that would fill its memory', async () => {
    const ask = (body: unknown): ReturnType<Instance['control']> =>
      edge.control('POST', '/blobs/missing', body);
    expect(await ask({ digests: ['../../etc/passwd'] })).toMatchObject({
      status: 422,
      body: { code: 'digest' },
    });
    expect(await ask({ digests: EMPTY })).toMatchObject({ status: 400 });
    const large = 'x'.repeat(9 * 1024 * 1024);
    expect(await ask({ digests: [], large })).toMatchObject({ status: 400, body: { code: 'json' } });
    expect(await edge.control('PUT', '/settings', { keys: null, large })).toMatchObject({ status: 422 });
  });

  it('nothing on the same connection after a refusal', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const send = (method: string, path: string, body: Buffer): Promise<[number, unknown]> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${edge.token}`, 'content-length': body.length };
        const sent = request({ host: edge.address, port: 8081, method, path, headers, agent }, (response) => {
          const { socket } = response;
          response.resume().once('end', () => resolve([response.statusCode ?? 0, socket.localPort]));
        });
        sent.once('error', reject);
        sent.end(body);
      });
    const bad = framesOf([
      [digestOf('x'), Buffer.from('y')],
      [digestOf('z'), Buffer.alloc(3_000_000)],
    ]);
    const [first, port] = await send('POST', '/blobs', bad);
    expect(first).toBe(422);
    expect(await send('PUT', '/releases/x', manifestOf([line('../x'), line('b')]))).toEqual([422, port]);
    expect(await send('GET', '/state', Buffer.alloc(0))).toEqual([200, port]);
    agent.destroy();
  });

  it('to start with blobs that were torn when the machine went down', async () => {
    await push(edge, 'whole', releaseOf({ 'index.html': 'whole' }));
    await activate(edge, 'whole');
    await edge.kill();
    const digest = digestOf('whole');
    appendFileSync(join(edge.root, 'srv/blobs', digest.slice(0, 2), digest), 'torn');
    await edge.start();
    // The same boot: nothing can have been torn, nothing is read again.
    expect((await edge.get('/')).text).toBe('wholetorn');
    await edge.kill();
    appendFileSync(join(edge.root, 'srv/state/boot'), 'another');
    await edge.start();
    expect((await edge.control('GET', '/state')).body).toMatchObject({ release: null, releases: [] });
    expect((await edge.get('/')).status).toBe(503);
  });
});

describe('an instance under load', () => {
  const FILES = 1_000;
  const FLIPS = 20;
  let network: EdgeNetwork;
  let edge: Instance;

  beforeAll(async () => {
    network = await EdgeNetwork.open();
    edge = await network.start({ role: 'edge' });
  });

  afterAll(() => network.close());

  const content = (release: string, n: number): string => `${release} ${n} ${'.'.repeat((n * 37) % 3_000)}`;
  const tree = (release: string): Record<string, string> =>
    Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`files/${n}.txt`, content(release, n)]));

  it('serves each request from one release while releases are flipped', async () => {
    await push(edge, 'a', releaseOf(tree('a')));
    await push(edge, 'b', releaseOf(tree('b')));
    await activate(edge, 'a');
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    let flipping = true;
    const seen = { a: 0, b: 0 };
    const wrong: string[] = [];
    const client = async (start: number): Promise<void> => {
      for (let n = start; flipping; n = (n + 7) % FILES) {
        const { status, release, text } = await fetchWith(agent, edge.address, `/files/${n}.txt`);
        if (status !== 200 || text !== content(release, n))
          wrong.push(`${n}: ${status} ${release} ${text.slice(0, 9)}`);
        else seen[release] += 1;
      }
    };
    const clients = Array.from({ length: 16 }, (_, n) => client(n * 50));
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const release = flip % 2 === 0 ? 'b' : 'a';
      await activate(edge, release);
      // From the answer on, and on all connections, nobody sees the release before.
      const after = await Promise.all([1, 2, 3].map(() => edge.get('/files/1.txt')));
      expect(after.map(({ headers }) => headers['x-nubo-release'])).toEqual([release, release, release]);
    }
    flipping = false;
    await Promise.all(clients);
    agent.destroy();
    expect(wrong).toEqual([]);
    expect(Math.min(seen.a, seen.b)).toBeGreaterThan(0);
  });

  it('does all of it in less than 64 MB, a blob of 70 MB too', async () => {
    const chunk = randomBytes(1024 * 1024);
    const big = Buffer.concat(Array.from({ length: 70 }, () => chunk));
    const release = releaseOf({ 'big.bin': big });
    await push(edge, 'big', release);
    await activate(edge, 'big');
    const hash = createHash('sha256');
    const { bytes } = await ask({ host: edge.address, path: '/big.bin' });
    expect(hash.update(bytes).digest('hex')).toBe(digestOf(big));
    const many = Array.from({ length: 50_000 }, (_, n) => line(`f${String(n).padStart(6, '0')}`));
    const refused = await edge.control('PUT', '/releases/many', manifestOf(many));
    expect(refused).toMatchObject({ status: 409, body: { code: 'missing' } });
    expect(refused.body.missing).toHaveLength(10_000);
    const kib = edge
      .pids()
      .map((pid) => /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]);
    expect(kib.reduce((sum, one) => sum + Number(one), 0)).toBeLessThan(48 * 1024);
  });
});

function fetchWith(
  agent: Agent,
  host: string,
  path: string,
): Promise<{ status: number; release: 'a' | 'b'; text: string }> {
  return new Promise((resolve, reject) => {
    httpGet({ host, path, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => {
        const release = response.headers['x-nubo-release'] as 'a' | 'b';
        resolve({ status: response.statusCode ?? 0, release, text });
      });
    }).once('error', reject);
  });
}
