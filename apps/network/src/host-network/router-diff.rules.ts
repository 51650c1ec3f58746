import type { Action } from './actions';
import type { HostActual, InsideState, RouterState } from './actual';
import { hasTable } from './table-state.rules';
import { bridgeOf, MTU } from './names.rules';
import type { Dhcp, Leg, RouterPlan, RouterUplink } from './plan';

/** What must be done so that a router becomes as planned. */
export function routerActions(router: RouterPlan, actual: HostActual): Action[] {
  const { namespace } = router;
  const found = actual.routers[namespace];
  const there = found?.usable ? found : undefined;
  return [
    ...(there?.settings ? [] : [{ do: 'namespace', namespace, make: !there } as const]),
    ...uplinkActions(namespace, router.uplink, there),
    ...router.legs.flatMap((leg) => legActions({ namespace, leg }, there, actual)),
    ...(there && hasTable(there.rules, router.rules)
      ? []
      : [{ do: 'rules', namespace, table: router.rules } as const]),
    ...dhcpActions(namespace, router.dhcp, there),
  ];
}

const has = (device: InsideState, address: string, mac: string): boolean =>
  device.up && device.mac === mac && device.addresses.length === 1 && device.addresses[0] === address;

function uplinkActions(namespace: string, uplink: RouterUplink, there?: RouterState): Action[] {
  const device = there?.uplink;
  const right = device && has(device, uplink.address, uplink.mac) && device.gateway === uplink.gateway;
  return right ? [] : [{ do: 'uplink', namespace, uplink, make: !device }];
}

function legActions(
  { namespace, leg }: { namespace: string; leg: Leg },
  there: RouterState | undefined,
  { veths }: HostActual,
): Action[] {
  const inside = there?.legs[leg.vni];
  const outside = veths[leg.vni];
  const insideRight = inside?.mtu === MTU && has(inside, leg.address, leg.mac);
  const outsideRight = outside?.up && outside.mtu === MTU && outside.master === bridgeOf(leg.vni);
  if (insideRight && outsideRight) return [];
  return [{ do: 'leg', namespace, leg, make: !inside || !outside }];
}

/** A port that goes or changes needs a new start: dnsmasq keeps its lease, and would not give the address to another. */
function dhcpActions(namespace: string, wanted: Dhcp | null, there?: RouterState): Action[] {
  const state = there?.dhcp;
  if (!wanted) return state?.running || state?.config ? [{ do: 'drop-dhcp', namespace }] : [];
  const { config, hosts } = wanted;
  const kept = Object.entries(state?.hosts ?? {}).every(([file, line]) => hosts[file] === line);
  if (!state?.running || state.config !== config || !kept) return [{ do: 'dhcp', namespace, config, hosts }];
  const added = Object.entries(hosts).filter(([file]) => !(file in state.hosts));
  return added.length > 0 ? [{ do: 'dhcp-hosts', namespace, hosts: Object.fromEntries(added) }] : [];
}
