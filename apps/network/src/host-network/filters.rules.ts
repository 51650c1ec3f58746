/**
 * The anti-spoofing table of a host. The bridge family has no connection tracking on many kernels, so all of it is
 * stateless. Rules name devices, not indexes: they stand before the tap is there.
 */
import type { PortFilter, Table } from './plan';
import { tableOf } from './table.rules';

export const FILTER_TABLE = 'bridge nubo_net';

/**
 * ARP probes have the sender 0.0.0.0 (RFC 5227); so have DHCP clients without an address (RFC 2131). Answers of a DHCP
 * server come from port 67, and only the router may give them.
 */
const chainOf = ({ device, mac, ip }: PortFilter): string => `  chain from_${device} {
    ether saddr != ${mac} drop
    ether type arp arp saddr ether ${mac} arp saddr ip { 0.0.0.0, ${ip} } accept
    ether type ip udp sport 67 drop
    ether type ip ip saddr ${ip} accept
    ether type ip ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept
    drop
  }
`;

/** Everything else that comes out of a tap of ours is dropped, also while its port is not known here (yet). */
export function filterTable(ports: PortFilter[]): Table | null {
  if (ports.length === 0) return null;
  const jumps = ports.map(({ device }) => `"${device}" : jump from_${device}`).join(',\n      ');
  return tableOf(`table ${FILTER_TABLE}
delete table ${FILTER_TABLE}
table ${FILTER_TABLE} {
${ports.map(chainOf).join('')}  chain ports {
    type filter hook prerouting priority -300; policy accept;
    iifname vmap {
      ${jumps}
    }
    iifname "np*" drop
  }
}
`);
}
