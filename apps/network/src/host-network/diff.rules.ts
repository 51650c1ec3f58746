/** What must be done so that a host’s networks become as planned. Empty when they are. */
import {
  FILTER_BATCH,
  HOST_BATCH,
  LEFTOVER_BATCH,
  routerBatch,
  segmentBatch,
  type Action,
  type Batch,
} from './actions';
import type { HostActual } from './actual';
import { NOBODY_HEARD } from './filters.rules';
import { bridgeOf, MTU, vethOf, VXLAN_PORT, vxlanOf } from './names.rules';
import type { HostPlan, Segment } from './plan';
import { routerActions } from './router-diff.rules';
import { hasTable } from './table-state.rules';

export function diff(plan: HostPlan, actual: HostActual): Batch[] {
  const batches: Batch[] = [
    { key: HOST_BATCH, actions: hostActions(plan, actual) },
    { key: FILTER_BATCH, actions: filterActions(plan, actual) },
    ...plan.segments.map((segment) => ({
      key: segmentBatch(segment.vni),
      actions: segmentActions(segment, actual),
    })),
    ...plan.routers.map((router) => ({
      key: routerBatch(router.namespace),
      actions: routerActions(router, actual),
    })),
    { key: LEFTOVER_BATCH, actions: leftoverActions(plan, actual) },
  ];
  return batches.filter((batch) => batch.actions.length > 0);
}

/** Other software of the host may want the setting: it is touched only where we have a bridge. */
function hostActions(plan: HostPlan, { bridgeFiltering }: HostActual): Action[] {
  return plan.segments.length > 0 && bridgeFiltering ? [{ do: 'quiet-bridges' }] : [];
}

function filterActions({ filters }: HostPlan, actual: HostActual): Action[] {
  const wanted = filters ?? (Object.keys(actual.taps).length > 0 ? NOBODY_HEARD : null);
  if (wanted) return hasTable(actual.filters, wanted) ? [] : [{ do: 'filters', table: wanted }];
  return actual.filters.is === 'none' ? [] : [{ do: 'drop-filters' }];
}

function segmentActions(segment: Segment, actual: HostActual): Action[] {
  const { vni, taps } = segment;
  const strays = taps.filter((tap) => tap in actual.taps && actual.taps[tap] !== bridgeOf(vni));
  return [
    ...bridgeActions(vni, actual),
    ...vxlanActions(segment, actual),
    ...strays.map((device): Action => ({ do: 'attach', device, vni })),
  ];
}

function bridgeActions(vni: number, { bridges }: HostActual): Action[] {
  const bridge = bridges[vni];
  const right = bridge?.up && bridge.mtu === MTU && !bridge.ipv6;
  return right ? [] : [{ do: 'bridge', vni, make: !bridge }];
}

function vxlanActions({ vni, local, peers }: Segment, { vxlans }: HostActual): Action[] {
  const found = vxlans[vni];
  const other = found && (found.id !== vni || found.local !== local || found.port !== VXLAN_PORT);
  const vxlan = other ? undefined : found;
  const right = vxlan?.up && vxlan.mtu === MTU && !vxlan.ipv6 && vxlan.master === bridgeOf(vni);
  const flood = vxlan?.flood ?? [];
  const add = peers.filter((peer) => !flood.includes(peer));
  const remove = flood.filter((peer) => !peers.includes(peer));
  const actions: Action[] = [];
  if (other) actions.push({ do: 'drop-devices', devices: [vxlanOf(vni)] });
  if (!right) actions.push({ do: 'vxlan', vni, local, make: !vxlan });
  if (add.length + remove.length > 0) actions.push({ do: 'flood', vni, add, remove });
  return actions;
}

/** Objects with our names that nobody wants. Devices first: those of a namespace go with it. */
function leftoverActions(plan: HostPlan, actual: HostActual): Action[] {
  const segments = new Set(plan.segments.map((segment) => segment.vni));
  const legs = new Set(plan.routers.flatMap((router) => router.legs.map((leg) => leg.vni)));
  const namespaces = new Set(plan.routers.map((router) => router.namespace));
  const unwanted = (there: object, wanted: Set<number>) =>
    Object.keys(there)
      .map(Number)
      .filter((vni) => !wanted.has(vni));
  const devices = [
    ...unwanted(actual.veths, legs).map(vethOf),
    ...unwanted(actual.vxlans, segments).map(vxlanOf),
    ...unwanted(actual.bridges, segments).map(bridgeOf),
  ];
  const routers = Object.keys(actual.routers).filter((namespace) => !namespaces.has(namespace));
  return [
    ...(devices.length > 0 ? [{ do: 'drop-devices', devices } as const] : []),
    ...routers.map((namespace): Action => ({ do: 'drop-router', namespace })),
  ];
}
