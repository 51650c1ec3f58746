import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actualFrom } from './inventory.rules';

/** What a Debian 12 host with one VPC said. */
const SAID = readFileSync(join(__dirname, 'golden', 'inventory.txt'), 'utf8');
const EMPTY = '#links\n[]\n#fdb\n[]\n#ipv6\n#bridge-filtering\n#filters\nnone\n';

describe('the inventory of a host', () => {
  const actual = actualFrom(SAID);

  it('holds the segments with their flood lists', () => {
    expect(actual.bridges).toEqual({ 4096: { up: true, mtu: 1450, master: null, ipv6: false } });
    expect(actual.vxlans[4096]).toEqual({
      ...{ up: true, mtu: 1450, master: 'nb4096', ipv6: false },
      ...{ id: 4096, local: '10.77.0.32', port: 4789, flood: ['10.77.0.30', '10.77.0.31'] },
    });
  });

  it('holds the routers with their devices, rules and DHCP', () => {
    expect(actual.veths).toEqual({ 4096: { up: true, mtu: 1450, master: 'nb4096' } });
    expect(actual.routers).toMatchObject({
      'nr-aaaaaaaa': {
        usable: true,
        settings: true,
        uplink: { addresses: ['10.77.0.160/24'], gateway: '10.77.0.1', up: true },
        legs: { 4096: { addresses: ['190.0.0.1/24'], mac: '02:b1:ed:05:28:69', mtu: 1450 } },
        rules: { is: 'intact', digest: 'aa743e82a2dc435c378506df91e963b5' },
        dhcp: { running: true },
      },
    });
    const { config, hosts } = actual.routers['nr-aaaaaaaa']?.dhcp ?? {};
    expect(config).toMatch(/^port=0\n[^]*\ndhcp-option=tag:s4096,option:dns-server,192\.0\.2\.53\n$/);
    expect(Object.values(hosts ?? {})).toContain('52:54:00:08:64:94,190.0.0.3,vm-b46e');
  });

  it('is empty on an empty host', () => {
    expect(actualFrom(EMPTY)).toMatchObject({ bridgeFiltering: false, bridges: {}, taps: {}, routers: {} });
  });

  it('sees foreign changes: a table, a setting, IPv6, a tap outside of its bridge', () => {
    const links =
      '[{"ifname":"np12345678","flags":[],"mtu":1450},{"ifname":"nb5000","flags":[],"mtu":1500},{"ifname":"docker0","flags":[],"mtu":1}]';
    const said = `#links\n${links}\n#fdb\n[]\n#ipv6\n/proc/sys/net/ipv6/conf/nb5000/disable_ipv6:0\n#bridge-filtering\n1\n0\n0\n#filters\nchanged\n`;
    expect(actualFrom(said)).toMatchObject({
      bridgeFiltering: true,
      filters: { is: 'changed' },
      bridges: { 5000: { up: false, mtu: 1500, ipv6: true } },
      taps: { np12345678: null },
    });
  });

  it('knows a namespace of which only the name is left', () => {
    expect(actualFrom(`${EMPTY}#router nr-bbbbbbbb\n`).routers['nr-bbbbbbbb']?.usable).toBe(false);
  });

  it('does not look at foreign namespaces and names that only look like ours', () => {
    expect(actualFrom(`${EMPTY}#router nr-not-ours\n`).routers).toEqual({});
    const links =
      '[{"ifname":"nb-x","flags":[],"mtu":1},{"ifname":"nb0123","flags":[],"mtu":1},{"ifname":"npxyz","flags":[],"mtu":1}]';
    expect(actualFrom(`#links\n${links}\n#filters\nnone\n`)).toMatchObject({ bridges: {}, taps: {} });
  });

  it('is refused when a program said something else', () => {
    expect(() => actualFrom('#links\nsh: ip: not found\n')).toThrow(SyntaxError);
  });
});
