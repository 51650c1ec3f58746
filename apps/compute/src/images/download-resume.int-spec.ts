import { createHash } from 'node:crypto';
import type { RequestListener, ServerResponse } from 'node:http';
import type { ImageState, ImageView } from '@nubo/contracts';
import { ImageWorld } from '../testing/image-world';

jest.setTimeout(60_000);

let world: ImageWorld;
beforeAll(async () => {
  world = await ImageWorld.start();
});
afterAll(() => world?.stop());

const DATE = 'Wed, 06 May 2026 09:00:00 GMT';
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A raw disk, each of another content. */
function disk(seed: string): Buffer {
  const raw = Buffer.alloc(2 * 1024 * 1024, seed);
  raw.writeUInt16BE(0x55aa, 510);
  return raw;
}

interface Content {
  body: Buffer;
  version: Record<string, string>;
}

interface Asked {
  range?: string;
  ifRange?: string;
}

/** A web server that breaks off once after half of a file. */
class Breaking {
  readonly asked: Asked[] = [];
  /** What it has from the second request on. */
  later?: Content;
  ranges = true;

  private readonly first: Content;

  constructor(body: Buffer, version: Record<string, string>) {
    this.first = { body, version };
    world.routes.set('/broken.raw', this.answer);
  }

  private readonly answer: RequestListener = (request, response) => {
    const { range, 'if-range': ifRange } = request.headers as Record<string, string | undefined>;
    this.asked.push({ range, ifRange });
    if (this.asked.length === 1) return this.breakOff(response);
    const { body, version } = this.later ?? this.first;
    const same = Object.values(version).includes(ifRange ?? '');
    const start = this.ranges && same ? Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0) : 0;
    const part = { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` };
    response
      .writeHead(start > 0 ? 206 : 200, { ...version, ...(start > 0 && part) })
      .end(body.subarray(start));
  };

  private breakOff(response: ServerResponse): void {
    const { body, version } = this.first;
    response.writeHead(200, { ...version, 'content-length': body.length });
    response.write(body.subarray(0, body.length / 2), () => setTimeout(() => response.destroy(), 100));
  }
}

const end = (state: ImageState, change = {}): Promise<ImageView> =>
  world.create({ url: world.url('/broken.raw'), ...change }).then(({ id }) => world.becomes(id, state));
const offsetOf = ({ range }: Asked): number => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);

describe('a download that the server broke off', () => {
  it.each<[string, Record<string, string>, string]>([
    ['an ETag', { etag: '"v1"' }, '"v1"'],
    ['a date', { 'last-modified': DATE }, DATE],
  ])('goes on from what is there when %s says that it is the same', async (_, version, ifRange) => {
    const body = disk(ifRange);
    const server = new Breaking(body, version);
    expect(await end('ready')).toMatchObject({ sha256: sha256(body), stateReason: null });
    const [first, second = {}] = server.asked;
    expect(first).toEqual({});
    expect(second.ifRange).toBe(ifRange);
    expect(offsetOf(second)).toBeGreaterThan(0);
    expect(offsetOf(second)).toBeLessThan(body.length / 2);
    expect(server.asked).toHaveLength(2);
  });

  it('begins anew when the file is another one meanwhile', async () => {
    const server = new Breaking(disk('old'), { etag: '"v1"' });
    server.later = { body: disk('new'), version: { etag: '"v2"' } };
    expect(await end('ready')).toMatchObject({ sha256: sha256(disk('new')) });
    expect(server.asked[1]).toMatchObject({ ifRange: '"v1"' });
  });

  it('begins anew when the server knows no ranges', async () => {
    const server = new Breaking(disk('plain'), { etag: '"v1"' });
    server.ranges = false;
    expect(await end('ready')).toMatchObject({ sha256: sha256(disk('plain')) });
    expect(server.asked).toHaveLength(2);
  });

  it.each<[string, Record<string, string>]>([
    ['a weak ETag', { etag: 'W/"v1"' }],
    ['no name at all', {}],
  ])('asks for no part where its version has %s', async (_, version) => {
    const server = new Breaking(disk('weak'), version);
    expect(await end('ready')).toMatchObject({ sha256: sha256(disk('weak')) });
    expect(server.asked).toEqual([{}, {}]);
  });

  it('is fetched as a whole where its parts do not fit, although the server said so', async () => {
    const server = new Breaking(disk('one'), { etag: '"v1"' });
    server.later = { body: disk('two'), version: { etag: '"v1"' } };
    expect(await end('ready', { sha256: sha256(disk('two')) })).toMatchObject({ stateReason: null });
    expect(server.asked.map(({ range }) => range !== undefined)).toEqual([false, true, false]);
  });

  it('leaves nothing of it behind', async () => {
    new Breaking(disk('tidy'), { etag: '"v1"' });
    const { id } = await end('ready');
    expect(world.filesOf(id)).toEqual([`${id}.qcow2`]);
  });
});
