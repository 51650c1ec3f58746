// What an instance refuses to start with: what it is told goes into nginx's configuration.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, check } from '../lab/command';
import { edgeArchive } from './image';

/** EX_CONFIG of sysexits.h. */
const REFUSED = 78;
const GOOD = { NUBO_ROLE: 'edge', NUBO_TOKEN: 'token-of-the-instance', NUBO_LOCATION: 'loc1' };

describe('an instance', () => {
  let root: string;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'nubo-edge-'));
    await check(['tar', '-C', root, '-xf', await edgeArchive()]);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each([
    ['a role that there is not', { NUBO_ROLE: 'admin' }],
    ['no role', { NUBO_ROLE: '' }],
    ['a token that can be guessed', { NUBO_TOKEN: 'short' }],
    ['a location that is more than a name', { NUBO_LOCATION: 'loc1; return 200' }],
    ['workers that are no number', { NUBO_WORKERS: '2; user root' }],
    ['no workers', { NUBO_WORKERS: '0' }],
    ['a cache that has no size', { NUBO_CACHE: '1g inactive=1s' }],
    ['an origin that is no address', { NUBO_ORIGIN: 'example.org' }],
    ['name servers that are no addresses', { NUBO_DNS: '192.0.2.1 valid=1s' }],
  ])('does not start with %s', async (_, wrong) => {
    const words = Object.entries({ ...GOOD, ...wrong }).map(([name, value]) => `${name}=${value}`);
    const { code, stderr } = await capture([
      'env',
      '-i',
      ...words,
      '/usr/sbin/chroot',
      root,
      '/sbin/nubo-edge',
    ]);
    expect([code, stderr]).toEqual([REFUSED, expect.stringContaining(Object.keys(wrong)[0] ?? '')]);
  });
});
