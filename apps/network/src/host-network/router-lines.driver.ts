import { natFence } from '@nubo/fleet';
import { DEFAULT_LIMITS, sh, type ShellCommand } from '@nubo/remote';
import type { Action } from './actions';
import { dropDhcpLines } from './dhcp-lines.driver';
import { documentOn, inside, type Line } from './lines.driver';
import { bridgeOf, legOf, MTU, UPLINK, vethOf } from './names.rules';
import { ROUTER_TABLE } from './router-table.rules';

type Of<K extends Action['do']> = Extract<Action, { do: K }>;

/**
 * Before any device is there, so that they inherit. `arp_notify`: a device that comes up tells its address to all
 * neighbours. No redirects: a guest that reaches another through a translated address must not learn the shorter way.
 */
const SETTINGS = `echo 1 > /proc/sys/net/ipv4/ip_forward
cd /proc/sys/net/ipv4/conf
echo 0 > all/send_redirects; echo 0 > default/send_redirects
echo 1 > all/arp_notify; echo 1 > default/arp_notify
echo 1 > default/rp_filter
for f in /proc/sys/net/ipv6/conf/all/disable_ipv6 /proc/sys/net/ipv6/conf/default/disable_ipv6; do [ ! -e "$f" ] || echo 1 > "$f"; done
for f in /proc/sys/net/bridge/bridge-nf-call-*tables; do [ ! -e "$f" ] || echo 0 > "$f"; done
ip link set lo up`;

/** A namespace that was unmounted by hand lives on in its dnsmasq, and its uplink would keep the MAC. */
export function namespaceLines({ namespace, make }: Of<'namespace'>): Line[] {
  const settings = inside(namespace, sh`/bin/sh -ec ${SETTINGS}`);
  return make ? [...clearRouterLines(namespace), sh`ip netns add ${namespace}`, settings] : [settings];
}

const ipInside = (namespace: string, commands: string[]): Line[] =>
  documentOn(sh`ip -n ${namespace} -batch -`, commands.join('\n'));

export function uplinkLines({ namespace, uplink, make }: Of<'uplink'>): Line[] {
  const { parent, address, gateway, mac } = uplink;
  const add = sh`ip link add link ${parent} name ${UPLINK} netns ${namespace} address ${mac} type macvlan mode bridge`;
  return [
    ...(make ? [add] : []),
    ...ipInside(namespace, [
      `link set ${UPLINK} down`,
      `link set ${UPLINK} address ${mac}`,
      `addr flush dev ${UPLINK}`,
      `addr add ${address} dev ${UPLINK}`,
      `link set ${UPLINK} up`,
      `route replace default via ${gateway} dev ${UPLINK} onlink`,
    ]),
  ];
}

export function legLines({ namespace, leg, make }: Of<'leg'>): Line[] {
  const [outer, inner] = [vethOf(leg.vni), legOf(leg.vni)];
  const ipv6 = `/proc/sys/net/ipv6/conf/${outer}/disable_ipv6`;
  return [
    ...(make
      ? [
          sh`[ ! -e ${`/sys/class/net/${outer}`} ] || ip link del ${outer}`,
          sh`ip link add ${outer} type veth peer name ${inner} netns ${namespace}`,
          sh`[ ! -e ${ipv6} ] || echo 1 > ${ipv6}`,
        ]
      : []),
    sh`ip link set ${outer} mtu ${MTU} master ${bridgeOf(leg.vni)} up`,
    ...ipInside(namespace, [
      `link set ${inner} address ${leg.mac} mtu ${MTU}`,
      `addr flush dev ${inner}`,
      `addr add ${leg.address} brd + dev ${inner}`,
      `link set ${inner} up`,
    ]),
  ];
}

/** The listing is what the inventory compares with. */
export function routerRulesLines({ namespace, table }: Of<'rules'>): Line[] {
  const files = `/run/nubo/net/${namespace}`;
  const install = sh`/bin/sh -ec ${`nft -f -; nft list table ${ROUTER_TABLE}`}`;
  return [
    ...documentOn(sh`${inside(namespace, install)} > ${`${files}.listing`}`, table.document),
    sh`echo ${table.digest} > ${`${files}.digest`}`,
  ];
}

/** Takes the router away for good, and with it what kept old commands out of it. */
export const dropRouterLines = (namespace: string): Line[] => [
  ...clearRouterLines(namespace),
  sh`rm -f ${`${DEFAULT_LIMITS.fenceFolder}/${natFence(namespace)}`}`,
];

/** Must succeed when the router was never finished. */
function clearRouterLines(namespace: string): Line[] {
  const files = ['listing', 'digest'].map((kind) => `/run/nubo/net/${namespace}.${kind}`);
  const quietly = (command: ShellCommand): ShellCommand => sh`${command} 2>/dev/null || :`;
  return [
    ...dropDhcpLines(namespace),
    quietly(sh`ip -n ${namespace} link del ${UPLINK}`),
    sh`[ ! -e ${`/run/netns/${namespace}`} ] || ip netns del ${namespace}`,
    sh`rm -f ${files}`,
  ];
}
