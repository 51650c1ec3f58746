import type dns from 'node:dns';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Download } from './download';

/** What DNS answers, by name. */
const names = new Map<string, string[]>();

type Answer = (error: Error | null, addresses: string | dns.LookupAddress[], family?: number) => void;

jest.mock('node:dns', () => {
  const lookup = (name: string, { all }: dns.LookupOptions, answer: Answer): void => {
    const [first = '', ...rest] = names.get(name) ?? [];
    if (all)
      answer(
        null,
        [first, ...rest].map((address) => ({ address, family: 4 })),
      );
    else answer(null, first, 4);
  };
  return { ...jest.requireActual<typeof dns>('node:dns'), lookup };
});

let server: Server;
let folder: string;
let asked = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nubo-download-'));
  server = createServer((_request, response) => {
    asked += 1;
    response.end('image');
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function fetched(name: string, allowed: string[]): Promise<string> {
  const limits = { allowRanges: allowed, maxBytes: 1_000 };
  const { port } = server.address() as AddressInfo;
  const options = { sha256: null, signal: AbortSignal.timeout(5_000), onProgress: async () => undefined };
  const file = join(folder, name);
  const { sha256 } = await new Download(limits).fetch(`http://${name}:${port}/a`, file, options);
  return sha256;
}

describe('a name that looks public', () => {
  it.each([
    ['private.example', ['10.1.2.3']],
    ['loopback.example', ['127.0.0.1']],
    ['metadata.example', ['169.254.169.254']],
    ['mixed.example', ['9.9.9.9', '127.0.0.1']],
    ['mapped.example', ['::ffff:127.0.0.1']],
  ])('%s is refused because DNS leads to %s', async (name, addresses) => {
    names.set(name, addresses);
    await expect(fetched(name, [])).rejects.toMatchObject({
      name: 'DownloadRefused',
      code: 'address_refused',
    });
    expect(asked).toBe(0);
  });

  it('is followed into a range that the operator allows', async () => {
    names.set('inside.example', ['127.0.0.1']);
    await expect(fetched('inside.example', ['127.0.0.0/8'])).resolves.toHaveLength(64);
    expect(asked).toBe(1);
  });
});
