/** From what the database says to how a host’s networks shall be. */
import { unavailable } from '@nubo/contracts';
import { cidrOf } from '../addresses/ipv4.rules';
import { dhcpOf } from './dhcp.rules';
import type { HostFacts, PortFact, SubnetFact, VpcFact } from './facts';
import { filterTables } from './filters.rules';
import type { HostPlan, Leg, RouterPlan, Segment } from './plan';
import { routerTable } from './router-table.rules';
import { macFrom } from './table.rules';

/** Has an address and is wanted; on a host or not yet. */
const isLive = (port: PortFact): boolean => port.state !== 'deleting';

/** A subnet that is being deleted is carried until its last port is gone. */
export const isCarried = (facts: HostFacts, subnet: SubnetFact): boolean =>
  subnet.state !== 'deleting' || facts.ports.some((port) => port.subnetId === subnet.id);

/** A router is there until its last subnet can go. */
export const isRouted = (facts: HostFacts, vpc: VpcFact): boolean =>
  vpc.state !== 'deleting' || subnetsOf(facts, vpc).some((subnet) => isCarried(facts, subnet));

const subnetsOf = (facts: HostFacts, vpc: VpcFact): SubnetFact[] =>
  facts.subnets.filter((subnet) => subnet.vpcId === vpc.id);

const livePortsOf = (facts: HostFacts, subnet: SubnetFact): PortFact[] =>
  facts.ports.filter((port) => port.subnetId === subnet.id && isLive(port));

function hostsOf(facts: HostFacts, subnet: SubnetFact): Set<string> {
  const bound = livePortsOf(facts, subnet).flatMap((port) => port.hostId ?? []);
  return new Set([...bound, ...(isCarried(facts, subnet) ? [subnet.routerHostId] : [])]);
}

function segmentOf(facts: HostFacts, subnet: SubnetFact): Segment {
  const { hostId, hostName, underlays } = facts;
  const local = underlays[hostId];
  if (!local) throw unavailable('no_underlay', `Host ${hostName} has no IPv4 address for VXLAN.`);
  const others = [...hostsOf(facts, subnet)].filter((id) => id !== hostId);
  return {
    vni: subnet.vni,
    local,
    peers: [...new Set(others.flatMap((id) => underlays[id] ?? []))].sort(),
    taps: livePortsOf(facts, subnet)
      .filter((port) => port.hostId === hostId)
      .map((port) => port.device)
      .sort(),
  };
}

const legIn = ({ id, vni, cidr, gateway }: SubnetFact): Leg => ({
  vni,
  address: `${gateway}/${cidrOf(cidr).prefix}`,
  mac: macFrom('leg', id),
});

function routerOf(facts: HostFacts, vpc: VpcFact): RouterPlan {
  const { uplink, hostName, protectedAddresses } = facts;
  if (!uplink) throw unavailable('no_external', `Host ${hostName} has no external addresses any more.`);
  const subnets = subnetsOf(facts, vpc).filter((subnet) => isCarried(facts, subnet));
  return {
    vpcId: vpc.id,
    namespace: vpc.namespace,
    uplink: {
      parent: uplink.parent,
      address: `${vpc.externalIp}/${uplink.prefix}`,
      gateway: uplink.gateway,
      mac: macFrom('uplink', vpc.id),
    },
    legs: subnets.map(legIn),
    rules: routerTable(protectedAddresses),
    dhcp: dhcpOf(
      vpc.namespace,
      subnets,
      subnets.flatMap((subnet) => livePortsOf(facts, subnet)),
    ),
  };
}

/** Throws `unavailable` when the host lacks an address or an uplink that it needs for them. */
export function planOf(facts: HostFacts): HostPlan {
  const here = facts.ports.filter((port) => port.hostId === facts.hostId && isLive(port));
  const filters = here
    .map(({ device, mac, ip }) => ({ device, mac, ip }))
    .sort((a, b) => (a.device < b.device ? -1 : 1));
  const subnets = facts.subnets.toSorted((a, b) => a.vni - b.vni);
  const sorted = { ...facts, subnets };
  const segments = subnets
    .filter((subnet) => hostsOf(facts, subnet).has(facts.hostId))
    .map((subnet) => segmentOf(facts, subnet));
  return {
    segments,
    filters: filterTables(filters, segments),
    routers: facts.vpcs
      .filter((vpc) => isRouted(facts, vpc))
      .map((vpc) => routerOf(sorted, vpc))
      .sort((a, b) => (a.namespace < b.namespace ? -1 : 1)),
  };
}
