/** The configuration of a VPC’s dnsmasq (2.90): static leases only, one file per port in a folder that it watches. */
import { cidrOf, toText } from '../addresses/ipv4.rules';
import type { PortFact, SubnetFact } from './facts';
import { legOf, MTU } from './names.rules';
import type { Dhcp } from './plan';

export const runFolder = (namespace: string): string => `/run/nubo/${namespace}`;
export const configFile = (namespace: string): string => `${runFolder(namespace)}/dnsmasq.conf`;
export const hostsFolder = (namespace: string): string => `${runFolder(namespace)}/hosts`;
export const pidFile = (namespace: string): string => `${runFolder(namespace)}/dnsmasq.pid`;

/** `port=0`: no DNS. `no-ping`: addresses are not probed before they are given; the database knows who has them. */
const general = (namespace: string): string => `port=0
bind-dynamic
except-interface=lo
dhcp-authoritative
no-ping
dhcp-hostsdir=${hostsFolder(namespace)}
dhcp-leasefile=${runFolder(namespace)}/leases
pid-file=${pidFile(namespace)}
log-facility=${runFolder(namespace)}/dnsmasq.log
quiet-dhcp
`;

/** Options of a subnet, tied to its range by a tag. The MTU is told to clients that do not ask for it, too. */
function subnetPart({ vni, cidr, gateway, dns }: SubnetFact): string {
  const { network, prefix } = cidrOf(cidr);
  const mask = toText((-1 << (32 - prefix)) >>> 0);
  const tag = `s${vni}`;
  return [
    `interface=${legOf(vni)}`,
    `dhcp-range=set:${tag},${toText(network)},static,${mask},1h`,
    `dhcp-option=tag:${tag},option:router,${gateway}`,
    `dhcp-option-force=tag:${tag},option:mtu,${MTU}`,
    ...(dns.length > 0 ? [`dhcp-option=tag:${tag},option:dns-server,${dns.join(',')}`] : []),
    '',
  ].join('\n');
}

/** dnsmasq(8), --dhcp-host: as a name, `ignore` would refuse the client, and a number would be a lease time. */
const NO_NAME = /^(?:ignore|infinite|\d+[smhdw]?)$/;

const hostLine = ({ mac, ip, name }: PortFact): string =>
  [mac, ip, ...(NO_NAME.test(name) ? [] : [name])].join(',');

/** null when no subnet wants DHCP. `ports`: those of the given subnets. */
export function dhcpOf(namespace: string, subnets: SubnetFact[], ports: PortFact[]): Dhcp | null {
  const served = subnets.filter((subnet) => subnet.dhcp);
  if (served.length === 0) return null;
  const ids = new Set(served.map((subnet) => subnet.id));
  const lines = ports
    .filter((port) => ids.has(port.subnetId))
    .map((port): [string, string] => [port.id, hostLine(port)]);
  return {
    config: general(namespace) + served.map(subnetPart).join(''),
    hosts: Object.fromEntries(lines.sort()),
  };
}
