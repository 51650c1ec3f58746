// Content that is pushed to real instances of the edge image, through the control API, and read back as users do.
import { createHash } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { ask, type Answer } from './testing/http';
import { type Instance } from './testing/instance';
import { EdgeNetwork } from './testing/network';
import { activate, digestOf, framesOf, hashOf, manifestOf, push, releaseOf } from './testing/publish';

jest.setTimeout(60_000);

const ONE = {
  'index.html': '<h1>one</h1>',
  'docs/index.html': 'docs of one',
  'app.0123abcd.js': 'console.log("one")',
  'style-4f9dd6e2.css': 'body {}',
  'big.bin': createHash('sha512').update('big').digest().toString('hex').repeat(5_000),
  'data.csv': 'a,b\n',
  'data.csv.gz': 'this was published packed',
  'ünïcode/file name+%.txt': 'names',
};
const TWO = { 'index.html': '<h1>two</h1>', 'app.4567ef01.js': 'console.log("two")' };

describe('an edge that content is pushed to', () => {
  let network: EdgeNetwork;
  let edge: Instance;
  let other: Instance;

  beforeAll(async () => {
    network = await EdgeNetwork.open();
    edge = await network.start({ role: 'edge', location: 'loc1' });
    other = await network.start({ role: 'host', location: 'loc2' });
  });

  afterAll(() => network.close());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    edge.get(path, headers);

  it('refuses its control API without the token, and with another one', async () => {
    for (const token of ['', 'token-of-the-instancf', 'token-of-the-instance2'])
      expect((await edge.control('GET', '/state', undefined, token)).status).toBe(401);
    expect((await ask({ host: edge.address, port: 8081, path: '/state' })).status).toBe(401);
    expect((await edge.control('DELETE', '/releases/x', undefined, 'wrong')).status).toBe(401);
  });

  it('is not ready, and has nothing, before a release is active', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 503 });
    expect(await get('/')).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store' } });
    expect((await edge.control('GET', '/state')).body).toMatchObject({
      role: 'edge',
      location: 'loc1',
      release: null,
      releases: [],
      mode: 'none',
    });
  });

  it('names the content that it lacks, takes it once, and comes to the sender’s hash of the manifest', async () => {
    const release = releaseOf(ONE, ['index.html']);
    const early = await edge.control('PUT', '/releases/r1', manifestOf(release.lines));
    expect(early).toMatchObject({ status: 409, body: { code: 'missing' } });
    expect(new Set(early.body.missing as string[])).toEqual(new Set(release.blobs.keys()));
    const all = framesOf(release.blobs);
    expect(await edge.control('POST', '/blobs', all)).toEqual({
      status: 200,
      body: { stored: release.blobs.size },
    });
    expect(await push(edge, 'r1', release)).toBe(0);
    expect((await edge.control('PUT', '/releases/r1', manifestOf(release.lines))).body).toEqual({
      release: 'r1',
      manifest: hashOf(release.lines),
      files: Object.keys(ONE).length,
    });
    expect((await get('/')).status).toBe(503);
    await activate(edge, 'r1');
    const { body } = await edge.control('GET', '/state');
    expect(body).toMatchObject({ release: 'r1', manifest: hashOf(release.lines), mode: 'push' });
    expect((await get('/healthz')).status).toBe(200);
    await push(other, 'r1', release);
    await activate(other, 'r1');
  });

  it('serves files with their types, folders by their index, and says where from', async () => {
    const page = await get('/');
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html' } });
    expect(page.text).toBe(ONE['index.html']);
    expect(page.headers).toMatchObject({ 'x-nubo-release': 'r1', 'x-nubo-location': 'loc1' });
    expect(page.headers['last-modified']).toBeUndefined();
    expect((await get('/docs/')).text).toBe('docs of one');
    expect(await get('/docs')).toMatchObject({ status: 301, headers: { location: '/docs/' } });
    expect((await get('/app.0123abcd.js')).headers['content-type']).toBe('application/javascript');
    expect((await get('/data.csv')).headers['content-type']).toBe('text/csv');
    expect((await get(encodeURI('/ünïcode/file name+') + '%25.txt')).text).toBe('names');
    const head = await edge.get('/big.bin', {}, 'HEAD');
    expect(head).toMatchObject({
      status: 200,
      headers: { 'content-length': String(ONE['big.bin'].length) },
      text: '',
    });
  });

  it('answers ranges, and conditions by an ETag that is the same on every instance', async () => {
    const whole = await get('/big.bin');
    const { etag = '' } = whole.headers;
    expect(digestOf(whole.text)).toBe(digestOf(ONE['big.bin']));
    expect((await other.get('/big.bin')).headers.etag).toBe(etag);
    expect((await get('/index.html')).headers.etag).not.toBe(etag);
    expect((await get('/big.bin', { 'if-none-match': etag })).status).toBe(304);
    const part = await get('/big.bin', { range: 'bytes=10-19', 'if-range': etag });
    expect(part).toMatchObject({ status: 206, text: ONE['big.bin'].slice(10, 20) });
    expect((await get('/big.bin', { range: 'bytes=10-19', 'if-range': '"x"' })).status).toBe(200);
    expect((await get('/big.bin', { range: 'bytes=999999999-' })).status).toBe(416);
  });

  it('serves compressed variants where they are stored, and only there', async () => {
    const gzip = await get('/index.html', { 'accept-encoding': 'gzip' });
    expect(gzip.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(gunzipSync(gzip.bytes).toString()).toBe(ONE['index.html']);
    const brotli = await get('/index.html', { 'accept-encoding': 'br, gzip' });
    expect(brotli.headers).toMatchObject({ 'content-encoding': 'br', 'content-type': 'text/html' });
    expect(brotliDecompressSync(brotli.bytes).toString()).toBe(ONE['index.html']);
    expect(brotli.headers.etag).not.toBe(gzip.headers.etag);
    expect((await get('/index.html')).headers).toMatchObject({ vary: 'Accept-Encoding' });
    const unrelated = await get('/data.csv', { 'accept-encoding': 'gzip, br' });
    expect(unrelated.headers['content-encoding']).toBeUndefined();
    expect(unrelated.text).toBe('a,b\n');
    expect((await get('/data.csv.gz')).text).toBe('this was published packed');
    expect((await get('/index.html.gz')).status).toBe(404);
  });

  it('answers what is not there with 404 for nobody to keep, and other methods with 405', async () => {
    const lost = await get('/nothing.html');
    expect(lost).toMatchObject({ status: 404, headers: { 'cache-control': 'no-store' } });
    expect(JSON.parse(lost.text)).toMatchObject({ status: 404, code: 'not_found' });
    expect(lost.headers['content-type']).toBe('application/problem+json');
    expect(await edge.get('/nothing.html', {}, 'HEAD')).toMatchObject({ status: 404, text: '' });
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect(await edge.get('/index.html', {}, method)).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD' },
      });
    for (const path of [
      '/../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/docs/..%2f..%2fmanifests/r1.json',
      '/a%00b',
    ])
      expect([400, 404]).toContain((await get(path)).status);
  });

  it('flips to a second release and back; hashed names of the first stay reachable', async () => {
    const second = releaseOf({ ...ONE, ...TWO });
    const shrunk = {
      lines: second.lines.filter(({ path }) => !/^app.0123|^style|^data/.test(path)),
      blobs: second.blobs,
    };
    const sent = await push(edge, 'r2', shrunk);
    expect(sent).toBeLessThan(500);
    await activate(edge, 'r2');
    expect((await get('/')).text).toBe(TWO['index.html']);
    expect((await get('/app.4567ef01.js')).headers['x-nubo-release']).toBe('r2');
    expect(await get('/app.0123abcd.js')).toMatchObject({ status: 200, headers: { 'x-nubo-release': 'r1' } });
    expect((await get('/style-4f9dd6e2.css')).text).toBe('body {}');
    expect((await get('/data.csv')).status).toBe(404);
    await activate(edge, 'r1');
    expect((await get('/')).text).toBe(ONE['index.html']);
    expect((await get('/app.4567ef01.js')).headers['x-nubo-release']).toBe('r2');
    await activate(edge, 'r2');
  });

  it('knows the hashes of build tools from words and dates: what is deleted is gone', async () => {
    // webpack, Parcel with a map, esbuild, and Vite twice; the rest was named by people.
    const hashed = [
      'main.0123456789abcdef0123.chunk.js',
      'app.min.1a2b3c4d.css.map',
      'chunk-5QX7ISG2.js',
      'index-BfGx3k2_.js',
      'my-page-D-4kQz9a.css',
    ];
    const named = [
      'salaries-january2024.xlsx',
      'price-20240115.pdf',
      'plan-June2024.pdf',
      'plan-JULY2024.pdf',
      'plan-Jan-2024.pdf',
      'Report-Q3_Final.pdf',
      'notes.VERSION2.txt',
    ];
    const files = Object.fromEntries([...hashed, ...named].map((name) => [name, name]));
    await push(edge, 'names', releaseOf(files));
    await activate(edge, 'names');
    await activate(edge, 'r2');
    for (const name of hashed) expect(await get(`/${name}`)).toMatchObject({ status: 200, text: name });
    for (const name of named) expect([name, (await get(`/${name}`)).status]).toEqual([name, 404]);
    await edge.control('DELETE', '/releases/names');
  });

  it('keeps a release a second longer than it is active, for requests that began on it', async () => {
    await push(edge, 'left', releaseOf({ 'index.html': 'left' }));
    await activate(edge, 'left');
    await activate(edge, 'r2');
    const began = performance.now();
    expect((await edge.control('DELETE', '/releases/left')).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  it('deletes a release with the content that only it has, and never the active one', async () => {
    expect(await edge.control('DELETE', '/releases/r2')).toMatchObject({
      status: 409,
      body: { code: 'active' },
    });
    const kept = { digests: [digestOf(ONE['big.bin']), digestOf(ONE['style-4f9dd6e2.css'])] };
    const { body } = await edge.control('DELETE', '/releases/r1');
    expect(body.freed).toBeGreaterThan(0);
    expect((await edge.control('POST', '/blobs/missing', kept)).body).toEqual({
      missing: kept.digests.slice(1),
    });
    expect((await get('/style-4f9dd6e2.css')).status).toBe(404);
    expect(digestOf((await get('/big.bin')).text)).toBe(digestOf(ONE['big.bin']));
    expect((await edge.control('DELETE', '/releases/r1')).body).toEqual({ freed: 0 });
    expect((await edge.control('POST', '/active', { release: 'r1' })).status).toBe(404);
  });

  it('keeps releases, the active one and settings over kill -9', async () => {
    await edge.control('PUT', '/settings', { keys: null });
    const before = (await edge.control('GET', '/state')).body;
    await edge.kill();
    await edge.start();
    const { body } = await edge.control('GET', '/state');
    expect(body).toMatchObject({ release: 'r2', manifest: before.manifest, releases: before.releases });
    expect((await get('/')).text).toBe(TWO['index.html']);
  });
});
