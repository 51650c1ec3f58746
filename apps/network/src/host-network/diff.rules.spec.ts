import fc from 'fast-check';
import type { Action } from './actions';
import { NOTHING, type HostActual } from './actual';
import { diff } from './diff.rules';
import type { HostFacts, PortFact, SubnetFact, VpcFact } from './facts';
import type { HostPlan } from './plan';
import { planOf } from './plan.rules';
import { factsOf, GW, H1, H2, portFact, subnetFact, vpcFact } from './testing/facts';
import { perform } from './testing/simulated-networks';

const hostFrom = (facts: HostFacts, actual: HostActual = NOTHING): HostActual => {
  const host = structuredClone(actual);
  diff(planOf(facts), host).forEach(({ actions }) => actions.forEach((action) => perform(host, action)));
  return host;
};
const actionsFor = (facts: HostFacts, actual: HostActual): Action[] =>
  diff(planOf(facts), actual).flatMap(({ actions }) => actions);
const kinds = (actions: Action[]): string[] => actions.map((action) => action.do);
const keys = (facts: HostFacts, actual: HostActual): string[] =>
  diff(planOf(facts), actual).map(({ key }) => key);

const compute = factsOf(H1);
const network = factsOf(GW);

describe('what must be done on a host', () => {
  it('is everything on an empty one, filters first', () => {
    expect(keys(compute, { ...NOTHING, bridgeFiltering: true })).toEqual(['host', 'filters', 'segment 4096']);
    expect(keys(network, NOTHING)).toEqual(['filters', 'segment 4096', 'router nr-aaaaaaaa']);
    expect(kinds(actionsFor(network, NOTHING))).toEqual([
      ...['filters', 'bridge', 'vxlan', 'flood'],
      ...['namespace', 'uplink', 'leg', 'rules', 'dhcp'],
    ]);
  });

  it('is nothing on one that is as planned', () => {
    for (const facts of [compute, network]) expect(diff(planOf(facts), hostFrom(facts))).toEqual([]);
  });

  it('is a new flood list and who is heard when another host joins or leaves a subnet', () => {
    const alone = factsOf(H1, { ports: [portFact(1)] });
    const add = { do: 'flood', vni: 4096, add: ['10.77.0.12'], remove: [] };
    const filters = ({ filters: table }: HostPlan) => ({ do: 'filters', table });
    expect(actionsFor(compute, hostFrom(alone))).toEqual([filters(planOf(compute)), add]);
    expect(actionsFor(alone, hostFrom(compute))).toEqual([
      filters(planOf(alone)),
      { ...add, add: [], remove: ['10.77.0.12'] },
    ]);
  });

  it('is to hear nobody while the tap of an instance without a network is there, and nothing afterwards', () => {
    const orphaned = { ...NOTHING, taps: { np00000001: null } };
    const empty = factsOf(H1, { ports: [], subnets: [] });
    const [action] = actionsFor(empty, orphaned);
    expect(action).toMatchObject({
      do: 'filters',
      table: { document: expect.stringContaining('"np*" drop') as string },
    });
    const guarded = hostFrom(empty, orphaned);
    expect(actionsFor(empty, guarded)).toEqual([]);
    expect(kinds(actionsFor(empty, { ...guarded, taps: {} }))).toEqual(['drop-filters']);
  });

  it('is one more file for DHCP when a port is added, a new start when one goes or changes', () => {
    const more = factsOf(GW, { ports: [...network.ports, portFact(3)] });
    const [added] = actionsFor(more, hostFrom(network));
    expect(added).toEqual({
      do: 'dhcp-hosts',
      namespace: 'nr-aaaaaaaa',
      hosts: { [portFact(3).id]: '52:54:00:00:00:03,190.0.0.4,vm-3' },
    });
    expect(kinds(actionsFor(network, hostFrom(more)))).toEqual(['dhcp']);
    const renamed = factsOf(GW, { ports: [portFact(1, { name: 'new' }), portFact(2, { hostId: H2 })] });
    expect(kinds(actionsFor(renamed, hostFrom(network)))).toEqual(['dhcp']);
    const silent = factsOf(GW, { subnets: [subnetFact({ dhcp: false })] });
    expect(kinds(actionsFor(silent, hostFrom(network)))).toEqual(['drop-dhcp']);
  });

  it('is all to be taken away where nothing is wanted any more', () => {
    const nothing = { vpcs: [], subnets: [], ports: [] };
    expect(hostFrom(factsOf(H1, nothing), hostFrom(compute))).toEqual(NOTHING);
    expect(hostFrom(factsOf(GW, nothing), hostFrom(network))).toEqual(NOTHING);
  });

  const damages: [string, (host: HostActual) => void, string[]][] = [
    [
      'a bridge that is gone',
      (h) => perform(h, { do: 'drop-devices', devices: ['nb4096'] }),
      ['bridge', 'vxlan', 'leg'],
    ],
    [
      'a VXLAN device that is gone',
      (h) => perform(h, { do: 'drop-devices', devices: ['nx4096'] }),
      ['vxlan', 'flood'],
    ],
    [
      'a VXLAN device with another address',
      (h) => vxlan(h, { local: '10.9.9.9' }),
      ['drop-devices', 'vxlan', 'flood'],
    ],
    ['a device that is down', (h) => vxlan(h, { up: false }), ['vxlan']],
    ['a device that speaks IPv6', (h) => vxlan(h, { ipv6: true }), ['vxlan']],
    ['a stranger in a flood list', (h) => vxlan(h, { flood: ['10.9.9.9'] }), ['flood']],
    ['a leg that is gone', (h) => perform(h, { do: 'drop-devices', devices: ['nv4096'] }), ['leg']],
    ['a firewall that was changed', (h) => router(h, { rules: { is: 'changed' } }), ['rules']],
    ['a router that does not forward', (h) => router(h, { settings: false }), ['namespace']],
    ['a router without uplink', (h) => router(h, { uplink: null }), ['uplink']],
    ['a DHCP server that has ended', (h) => router(h, { dhcp: { ...dhcp(h), running: false } }), ['dhcp']],
    [
      'a namespace of which only the name is left',
      (h) => router(h, { usable: false }),
      ['namespace', 'uplink', 'leg', 'rules', 'dhcp'],
    ],
    [
      'a router of nobody’s',
      (h) => perform(h, { do: 'namespace', namespace: 'nr-12345678', make: true }),
      ['drop-router'],
    ],
    ['a bridge of nobody’s', (h) => perform(h, { do: 'bridge', vni: 5000, make: true }), ['drop-devices']],
    ['filters that were changed', (h) => (h.filters = { is: 'changed' }), ['filters']],
  ];
  it.each(damages)('is to mend %s', (_what, damage, expected) => {
    const host = hostFrom(network);
    damage(host);
    expect(kinds(actionsFor(network, host))).toEqual(expected);
    expect(diff(planOf(network), hostFrom(network, host))).toEqual([]);
  });

  it('is to put a tap back that has lost its bridge, and to leave one alone that is not there yet', () => {
    const host = hostFrom(compute);
    host.taps = { np00000001: null, np99999999: null };
    expect(actionsFor(compute, host)).toEqual([{ do: 'attach', device: 'np00000001', vni: 4096 }]);
  });

  it('leaves the bridge settings of a host alone that has no bridge of ours', () => {
    const nothing = factsOf(H1, { vpcs: [], subnets: [], ports: [] });
    expect(diff(planOf(nothing), { ...NOTHING, bridgeFiltering: true })).toEqual([]);
  });
});

const vxlan = (host: HostActual, change: object) => Object.assign(host.vxlans[4096] ?? {}, change);
const router = (host: HostActual, change: object) => Object.assign(host.routers['nr-aaaaaaaa'] ?? {}, change);
const dhcp = (host: HostActual) => host.routers['nr-aaaaaaaa']?.dhcp;

describe('any sequence of wanted states', () => {
  const hostIds = fc.constantFrom(H1, H2, GW);
  const uuid = (n: number) => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;
  const vpcs: fc.Arbitrary<VpcFact[]> = fc
    .subarray([1, 2, 3])
    .map((ns) => ns.map((n) => vpcFact({ id: uuid(n), externalIp: `10.77.0.10${n}` })));
  const subnet = (n: number, dhcpOn: boolean, state: SubnetFact['state']): SubnetFact =>
    subnetFact({
      id: uuid(n),
      vni: 4096 + n,
      vpcId: uuid(1 + (n % 3)),
      cidr: `10.${n}.0.0/24`,
      gateway: `10.${n}.0.1`,
      dhcp: dhcpOn,
      state,
    });
  const subnets: fc.Arbitrary<SubnetFact[]> = fc
    .subarray([1, 2, 3, 4])
    .chain((ns) =>
      fc.tuple(
        ...ns.map((n) =>
          fc
            .tuple(fc.boolean(), fc.constantFrom('ready', 'deleting'))
            .map(([d, s]) => subnet(n, d, s as SubnetFact['state'])),
        ),
      ),
    );
  const portStates = fc.constantFrom<PortFact['state']>('binding', 'active', 'deleting');
  const portsIn = (all: SubnetFact[]): fc.Arbitrary<PortFact[]> =>
    all.length === 0
      ? fc.constant([])
      : fc
          .subarray([1, 2, 3, 4, 5, 6])
          .chain((ns) =>
            fc.tuple(
              ...ns.map((n) =>
                fc
                  .tuple(hostIds, portStates, fc.constantFrom(...all.map(({ id }) => id)))
                  .map(([hostId, state, subnetId]) => portFact(n, { hostId, state, subnetId })),
              ),
            ),
          );
  const facts = vpcs
    .chain((v) => subnets.chain((s) => portsIn(s).map((p) => ({ v, s, p }))))
    .map(({ v, s, p }) => factsOf(GW, { vpcs: v, subnets: s, ports: p }));

  it('is reached from any other, in one go', () => {
    fc.assert(
      fc.property(fc.array(facts, { minLength: 1, maxLength: 5 }), (sequence) => {
        let host: HostActual = structuredClone(NOTHING);
        for (const wanted of sequence) {
          host = hostFrom(wanted, host);
          expect(diff(planOf(wanted), host)).toEqual([]);
        }
        const nothing = factsOf(GW, { vpcs: [], subnets: [], ports: [] });
        expect(hostFrom(nothing, host)).toEqual({ ...NOTHING, taps: {} });
      }),
      { numRuns: 200 },
    );
  });
});
