/** Actions as lines of shell, for a subshell under `set -e`. */
import { sh, type ShellCommand } from '@nubo/remote';
import type { Action } from './actions';
import { dhcpHostLines, dhcpLines, dropDhcpLines } from './dhcp-lines.driver';
import { FILTER_TABLES } from './filters.rules';
import { bridgeOf, MTU, VXLAN_PORT, vxlanOf } from './names.rules';
import { documentOn, type Line } from './lines.driver';
import type { Table } from './plan';
import {
  dropRouterLines,
  legLines,
  namespaceLines,
  routerRulesLines,
  uplinkLines,
} from './router-lines.driver';

const ANY_MAC = '00:00:00:00:00:00';
const noIpv6 = (device: string): ShellCommand =>
  sh`[ ! -e ${`/proc/sys/net/ipv6/conf/${device}`} ] || echo 1 > ${`/proc/sys/net/ipv6/conf/${device}/disable_ipv6`}`;

export function linesOf(action: Action): Line[] {
  switch (action.do) {
    case 'quiet-bridges':
      return ['for f in /proc/sys/net/bridge/bridge-nf-call-*tables; do echo 0 > "$f"; done'];
    case 'filters':
      return filterLines(action.table);
    case 'drop-filters':
      return dropFilterLines();
    case 'bridge':
      return bridgeLines(action);
    case 'vxlan':
      return vxlanLines(action);
    case 'flood':
      return floodLines(action);
    case 'attach':
      return [sh`ip link set ${action.device} master ${bridgeOf(action.vni)}`];
    case 'drop-devices':
      return action.devices.map((name) => sh`[ ! -e ${`/sys/class/net/${name}`} ] || ip link del ${name}`);
    default:
      return insideLines(action);
  }
}

type InsideAction = Extract<Action, { namespace: string }>;

function insideLines(action: InsideAction): Line[] {
  switch (action.do) {
    case 'namespace':
      return namespaceLines(action);
    case 'uplink':
      return uplinkLines(action);
    case 'leg':
      return legLines(action);
    case 'rules':
      return routerRulesLines(action);
    case 'dhcp':
      return dhcpLines(action);
    case 'dhcp-hosts':
      return dhcpHostLines(action);
    case 'drop-dhcp':
      return dropDhcpLines(action.namespace);
    case 'drop-router':
      return dropRouterLines(action.namespace);
  }
}

function filterLines({ document, digest }: Table): Line[] {
  return [
    ...documentOn(sh`nft -f -`, document),
    'rm -f /run/nubo/net/filters.listing',
    ...FILTER_TABLES.map((name) => sh`nft list table ${name.split(' ')} >> /run/nubo/net/filters.listing`),
    sh`echo ${digest} > /run/nubo/net/filters.digest`,
  ];
}

/** One of the tables may have been taken away by hand: `table` makes it, so that it can be deleted. */
function dropFilterLines(): Line[] {
  const document = FILTER_TABLES.map((name) => `table ${name}\ndelete table ${name}\n`).join('');
  return [...documentOn(sh`nft -f -`, document), 'rm -f /run/nubo/net/filters.*'];
}

function bridgeLines({ vni, make }: Extract<Action, { do: 'bridge' }>): Line[] {
  const name = bridgeOf(vni);
  return [
    ...(make ? [sh`ip link add ${name} type bridge forward_delay 0 mcast_snooping 0`] : []),
    noIpv6(name),
    sh`ip link set ${name} mtu ${MTU} up`,
  ];
}

function vxlanLines({ vni, local, make }: Extract<Action, { do: 'vxlan' }>): Line[] {
  const name = vxlanOf(vni);
  return [
    ...(make
      ? [sh`ip link add ${name} type vxlan id ${vni} local ${local} dstport ${VXLAN_PORT} ttl 64`]
      : []),
    noIpv6(name),
    sh`ip link set ${name} mtu ${MTU} master ${bridgeOf(vni)} up`,
  ];
}

function floodLines({ vni, add, remove }: Extract<Action, { do: 'flood' }>): Line[] {
  const batch = [
    ...remove.map((peer) => `fdb del ${ANY_MAC} dev ${vxlanOf(vni)} dst ${peer}\n`),
    ...add.map((peer) => `fdb append ${ANY_MAC} dev ${vxlanOf(vni)} dst ${peer}\n`),
  ];
  return documentOn(sh`bridge -batch -`, batch.join(''));
}
