import { LibvirtClient } from './client';
import { type Domain } from './domain-codec';
import { UndefineFlag } from './protocol';
import { golden, GoldenDaemon } from './testing/golden';

const uuid = '00112233-4455-6677-8899-aabbccddeeff';
const off: Domain = { name: 'vm-1', uuid, id: -1 };
const running: Domain = { ...off, id: 1 };

async function talk<T>(name: string, work: (client: LibvirtClient) => Promise<T>): Promise<T> {
  const daemon = new GoldenDaemon('open', name);
  const client = await LibvirtClient.connect(daemon.stream);
  const result = await work(client);
  expect(daemon.heard).toEqual(daemon.expected);
  return result;
}

describe('the bytes on the wire', () => {
  it.each(['open', 'lookup', 'info', 'change', 'stats', 'lifecycle'])(
    'of %s have the length they say',
    (name) => {
      for (const { bytes } of golden(name)) expect(bytes.readUInt32BE(0)).toBe(bytes.length);
    },
  );

  it('find a domain, or say in type and words that there is none', async () => {
    await talk('lookup', async (client) => {
      const missing = client.lookupByName('vm-1');
      await expect(missing).rejects.toMatchObject({
        name: 'VIR_ERR_NO_DOMAIN',
        code: 42,
        domain: 10,
        isNotFound: true,
        message: "Domain not found: no domain with matching name 'vm-1'",
      });
      expect(await client.lookupByName('vm-1')).toEqual(off);
      expect(await client.lookupByUuid(uuid)).toEqual(running);
    });
  });

  it('tell how a domain is, and which there are', async () => {
    await talk('info', async (client) => {
      expect(await client.info(off)).toEqual({
        state: 'shutoff',
        maxMemoryKiB: 16_384,
        memoryKiB: 16_384,
        vcpus: 1,
        cpuTimeNs: 0n,
      });
      expect(await client.state(off)).toEqual({ state: 'shutoff', reason: 0 });
      expect(await client.listDomains()).toEqual([off]);
    });
  });

  it('define, start, shut down, destroy and forget a domain', async () => {
    await talk('change', async (client) => {
      const domain = await client.defineXml('<domain>none</d>\n');
      expect(domain).toEqual(off);
      expect(await client.create(domain)).toEqual(running);
      await client.shutdown(running);
      await client.destroy(running);
      await client.undefine(running, UndefineFlag.ManagedSave | UndefineFlag.Nvram);
    });
  });

  it('carry every kind of figure', async () => {
    const stats = await talk('stats', (client) => client.allStats());
    expect(stats.map(({ domain, stats }) => ({ domain, stats: { ...stats } }))).toEqual([
      {
        domain: off,
        stats: {
          'state.state': 5,
          'state.reason': 0,
          'balloon.current': 16_384n,
          'balloon.maximum': 16_384n,
          'vcpu.current': 1,
          'vcpu.maximum': 1,
        },
      },
      {
        domain: { name: 'b2', uuid: 'ffffffff-ffff-ffff-ffff-ffffffffffff', id: 7 },
        stats: { a: -1n, b: 1.5, c: true, d: 'vda' },
      },
    ]);
  });

  it('push what happens to domains, in order, until nobody listens', async () => {
    const seen: unknown[] = [];
    await talk('lifecycle', async (client) => {
      const stop = await client.onLifecycle((event) => seen.push(event));
      while (seen.length < 2) await new Promise(setImmediate);
      await stop();
      await stop();
    });
    expect(seen).toEqual([
      { domain: running, event: 'shutdown', detail: 'host' },
      { domain: off, event: 'stopped', detail: 'destroyed' },
    ]);
  });
});
