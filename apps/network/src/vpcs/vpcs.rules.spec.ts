import type { NuboError } from '@nubo/contracts';
import { candidates, outsideOf, rangeOf, type NetworkHost } from './vpcs.rules';

const external = {
  interface: 'eth0',
  range: '203.0.113.10-203.0.113.12',
  prefix: 24,
  gateway: '203.0.113.1',
};
const host = (overrides: Partial<NetworkHost> = {}): NetworkHost => ({
  id: '99999999-0000-4000-8000-000000000009',
  name: 'gw',
  state: 'ready',
  roles: ['network'],
  location: 'loc1',
  external,
  ...overrides,
});

const refusal = (hosts: NetworkHost[], region?: string): NuboError => {
  try {
    candidates(hosts, region);
  } catch (error) {
    return error as NuboError;
  }
  throw new TypeError('a host was found');
};

describe('the host of a router', () => {
  it('is a network host of the region, or any', () => {
    const there = host({ name: 'gw2', location: 'loc2' });
    const names = (region?: string) =>
      candidates([host(), there, host({ roles: ['compute'] })], region).map((h) => h.name);
    expect([names(), names('loc2')]).toEqual([['gw', 'gw2'], ['gw2']]);
  });

  it('is not found, with how many were looked at and why each was refused', () => {
    const hosts = [
      host({ name: 'a', state: 'down' }),
      host({ name: 'b', location: 'loc2' }),
      host({ name: 'c', external: null }),
      host({ name: 'd', external: { ...external, range: '203.0.113.12-203.0.113.10' } }),
      host({ name: 'e', roles: ['compute'] }),
    ];
    expect(refusal(hosts, 'loc1')).toMatchObject({
      kind: 'exhausted',
      code: 'no_network_host',
      details: {
        looked: 4,
        refused: [
          { host: 'a', reason: 'it is down' },
          { host: 'b', reason: 'it is in loc2, not in loc1' },
          { host: 'c', reason: 'it has no external addresses' },
          { host: 'd', reason: 'its external range 203.0.113.12-203.0.113.10 is not one' },
        ],
      },
    });
    expect(refusal([]).message).toBe('No network host can take the router; 0 looked at.');
  });

  it('gives addresses from its range, on the network of its gateway', () => {
    expect(rangeOf(external)).toEqual({ first: 0xcb00710a, last: 0xcb00710c });
    expect(outsideOf(external)).toMatchObject({ network: 0xcb007100, broadcast: 0xcb0071ff });
  });
});
