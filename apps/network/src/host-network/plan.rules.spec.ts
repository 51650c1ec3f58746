import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planOf } from './plan.rules';
import { factsOf, GW, H1, H2, portFact, subnetFact, vpcFact } from './testing/facts';

const golden = (name: string): string => readFileSync(join(__dirname, 'golden', name), 'utf8');
const asText = (plan: unknown): string => `${JSON.stringify(plan, null, 2)}\n`;

describe('the plan of a host', () => {
  it('has a bridge, a VXLAN device to the other hosts and filters where guests are', () => {
    const plan = planOf(factsOf(H1));
    expect(asText({ ...plan, filters: undefined })).toBe(golden('compute-host.json'));
    expect(plan.filters?.document).toBe(golden('compute-host.nft'));
  });

  it('has a router with uplink, legs, firewall and DHCP where the VPC’s router is', () => {
    const lan = subnetFact({ dns: ['192.0.2.53', '192.0.2.54'] });
    const quiet = subnetFact({
      id: 'bbbbbbbb-0000-4000-8000-00000000000c',
      vni: 4097,
      cidr: '10.1.0.0/29',
      gateway: '10.1.0.6',
      dhcp: false,
    });
    const plan = planOf(factsOf(GW, { subnets: [quiet, lan] }));
    const [router] = plan.routers;
    const shown = { ...router, rules: undefined, dhcp: { ...router?.dhcp, config: undefined } };
    expect(asText({ ...plan, filters: undefined, routers: [shown] })).toBe(golden('network-host.json'));
    expect(plan.filters?.document).toBe(golden('network-host.nft'));
    expect(router?.rules.document).toBe(golden('router.nft'));
    expect(router?.dhcp?.config).toBe(golden('dnsmasq.conf'));
  });

  it('is empty where nothing is wanted', () => {
    const plan = planOf(factsOf(H1, { vpcs: [], subnets: [], ports: [] }));
    expect(plan).toEqual({ segments: [], filters: null, routers: [] });
  });

  it('does not depend on the order in which the database answers', () => {
    const ports = [portFact(1), portFact(2), portFact(3, { hostId: H2 })];
    const there = planOf(factsOf(H1, { ports }));
    expect(planOf(factsOf(H1, { ports: ports.toReversed() }))).toEqual(there);
  });

  it('counts a port from its binding to its deletion', () => {
    const devices = (state: 'unbound' | 'binding' | 'active' | 'deleting') => {
      const hostId = state === 'unbound' ? null : H1;
      return planOf(factsOf(H1, { ports: [portFact(1, { state, hostId })] })).segments.flatMap((s) => s.taps);
    };
    expect([devices('unbound'), devices('binding'), devices('active'), devices('deleting')]).toEqual([
      [],
      ['np00000001'],
      ['np00000001'],
      [],
    ]);
  });

  it('keeps router and leg of a network that is deleted until its last port is gone', () => {
    const vpcs = [vpcFact({ state: 'deleting' })];
    const subnets = [subnetFact({ state: 'deleting' })];
    const busy = planOf(factsOf(GW, { vpcs, subnets, ports: [portFact(1, { state: 'deleting' })] }));
    expect(busy.routers.map((router) => router.legs.length)).toEqual([1]);
    const free = planOf(factsOf(GW, { vpcs, subnets, ports: [] }));
    expect(free).toEqual({ segments: [], filters: null, routers: [] });
  });

  it('leaves hosts out whose address is not known any more', () => {
    const underlays = { [H1]: '10.77.0.11', [GW]: '10.77.0.20' };
    expect(planOf(factsOf(H1, { underlays })).segments[0]?.peers).toEqual(['10.77.0.20']);
  });

  it('is refused for a network host that has lost its outside', () => {
    expect(() => planOf(factsOf(GW, { uplink: null }))).toThrow('no external addresses');
    expect(() => planOf(factsOf(H1, { underlays: {} }))).toThrow('no IPv4 address');
  });
});
