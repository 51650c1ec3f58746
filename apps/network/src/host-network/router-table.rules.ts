/** The firewall and the outbound NAT of a router: table inet nubo_net in its namespace. */
import type { Table } from './plan';
import { UPLINK } from './names.rules';
import { tableOf } from './table.rules';

export const ROUTER_TABLE = 'inet nubo_net';

/** Loopback and link-local: also where clouds keep their metadata services. */
const NEVER = ['127.0.0.0/8', '169.254.0.0/16'];

/**
 * `protectedAddresses`: what tenants must not reach. Replies to connections that were translated inwards are masqueraded
 * by connection tracking itself: the NAT hook sees only a connection's first packet.
 */
export function routerTable(protectedAddresses: string[]): Table {
  const elements = [...NEVER, ...protectedAddresses].join(', ');
  return tableOf(`table ${ROUTER_TABLE}
delete table ${ROUTER_TABLE}
table ${ROUTER_TABLE} {
  set protected {
    type ipv4_addr
    flags interval
    auto-merge
    elements = { ${elements} }
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname "in*" udp dport 67 accept
    icmp type echo-request accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    ct state invalid drop
    oifname "${UPLINK}" ip daddr @protected drop
    iifname "in*" oifname "${UPLINK}" accept
    iifname "in*" oifname "in*" accept
    ct status dnat accept
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "${UPLINK}" masquerade
  }
}
`);
}
