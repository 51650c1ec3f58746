/**
 * What guests may send, and to whom: two tables of a host, installed as one. The bridge family has no connection tracking
 * on many kernels, so all of it is stateless. Rules name devices, not indexes: they stand before the tap is there.
 */
import { vethOf, VXLAN_PORT, vxlanOf } from './names.rules';
import type { PortFilter, Segment, Table } from './plan';
import { tableOf } from './table.rules';

/** The first judges frames, the others what the host itself would take in. */
export const FILTER_TABLES = ['bridge nubo_net', 'inet nubo_net', 'arp nubo_net'] as const;
const [FRAMES, PACKETS, ARP] = FILTER_TABLES;

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
function judged(ports: PortFilter[]): string {
  const jumps = ports.map(({ device }) => `"${device}" : jump from_${device}`).join(',\n      ');
  return `${jumps && `    iifname vmap {\n      ${jumps}\n    }\n`}    iifname "np*" drop\n`;
}

/** Devices through which guests' frames come in. */
function fromGuests(segments: Segment[]): string {
  const devices = segments.flatMap(({ vni }) => [`"${vxlanOf(vni)}"`, `"${vethOf(vni)}"`]).join(', ');
  return `${devices && `    iifname { ${devices} } drop\n`}    iifname "np*" drop\n`;
}

/** The kernel takes VXLAN from everywhere. The VNI is 12 bytes behind the UDP header's beginning (RFC 7348). */
function carrierRule({ vni, peers }: Segment): string {
  const strangers = peers.length > 0 ? ` ip saddr != { ${peers.join(', ')} }` : '';
  return `    udp dport ${VXLAN_PORT} @th,96,24 ${vni}${strangers} drop\n`;
}

const table = (name: string, content: string): string =>
  `table ${name}\ndelete table ${name}\ntable ${name} {\n${content}}\n`;

const chain = (name: string, hook: string, rules: string): string => `  chain ${name} {
    type filter hook ${hook} priority -300; policy accept;
${rules}  }
`;

/**
 * Linux answers ARP for all its addresses on every device and takes in what is sent to them there, although our bridges
 * have none. What is sent to the group of LLDP never enters a bridge: the tap itself takes it in, IPv6 included.
 * null where no network of ours is.
 */
export const filterTables = (ports: PortFilter[], segments: Segment[]): Table | null =>
  segments.length === 0 ? null : tablesOf(ports, segments);

function tablesOf(ports: PortFilter[], segments: Segment[]): Table {
  const guests = fromGuests(segments);
  const frames = [
    ...ports.map(chainOf),
    chain('ports', 'prerouting', judged(ports)),
    chain('host', 'input', guests),
  ];
  const packets = [
    chain('guests', 'prerouting', guests),
    chain('vxlan', 'input', segments.map(carrierRule).join('')),
  ];
  return tableOf(
    table(FRAMES, frames.join('')) +
      table(PACKETS, packets.join('')) +
      table(ARP, chain('guests', 'input', guests)),
  );
}

/** For taps of instances whose networks went while they run: without a bridge, the host itself would hear them. */
export const NOBODY_HEARD: Table = tablesOf([], []);
