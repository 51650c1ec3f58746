/** Hosts whose networks exist in memory only, behind the driver's interface. */
import type { Action, Batch } from '../actions';
import { NOTHING, type HostActual, type InsideState, type RouterState } from '../actual';
import { HostNetworkDriver, type ApplyOptions, type BatchFailure } from '../host-network.driver';
import { bridgeOf, MTU, vniIn, VXLAN_PORT } from '../names.rules';

/** A host that refuses an older fence and can be unreachable, slow or unwilling. */
export class SimulatedNetworks extends HostNetworkDriver {
  readonly hosts = new Map<string, HostActual>();
  /** Hosts that do not answer. */
  readonly unreachable = new Set<string>();
  /** Batches that fail, with what the host says. */
  readonly refusals = new Map<string, string>();
  /** All that was done, in order. */
  readonly done: { hostId: string; key: string; action: Action }[] = [];
  private readonly fences = new Map<string, number>();

  host(id: string): HostActual {
    const known = this.hosts.get(id) ?? structuredClone(NOTHING);
    this.hosts.set(id, known);
    return known;
  }

  /** A power cut: what was in the kernel is gone. */
  reboot(id: string): void {
    this.hosts.delete(id);
  }

  async read(hostId: string): Promise<HostActual> {
    this.answer(hostId);
    return structuredClone(this.host(hostId));
  }

  async apply(hostId: string, batches: Batch[], { fence }: ApplyOptions): Promise<BatchFailure[]> {
    this.answer(hostId);
    if (fence < (this.fences.get(hostId) ?? 0)) throw new TypeError(`fence ${fence} is too old`);
    this.fences.set(hostId, fence);
    return batches.flatMap((batch) => this.attempt(hostId, batch));
  }

  private answer(hostId: string): void {
    if (this.unreachable.has(hostId)) throw new TypeError(`host ${hostId} does not answer`);
  }

  private attempt(hostId: string, { key, actions }: Batch): BatchFailure[] {
    const reason = this.refusals.get(key);
    if (reason) return [{ key, reason }];
    for (const action of actions) {
      perform(this.host(hostId), action);
      this.done.push({ hostId, key, action });
    }
    return [];
  }
}

/** Does to `host` what a kernel would. */
export function perform(host: HostActual, action: Action): void {
  switch (action.do) {
    case 'quiet-bridges':
      host.bridgeFiltering = false;
      return;
    case 'filters':
      host.filters = { is: 'intact', digest: action.table.digest };
      return;
    case 'drop-filters':
      host.filters = { is: 'none' };
      return;
    case 'bridge':
      host.bridges[action.vni] = { up: true, mtu: MTU, master: null, ipv6: false };
      return;
    case 'vxlan':
      host.vxlans[action.vni] = {
        ...{ up: true, mtu: MTU, master: bridgeOf(action.vni), ipv6: false },
        ...{ id: action.vni, local: action.local, port: VXLAN_PORT },
        flood: action.make ? [] : (host.vxlans[action.vni]?.flood ?? []),
      };
      return;
    case 'flood':
      flood(host, action);
      return;
    case 'attach':
      host.taps[action.device] = bridgeOf(action.vni);
      return;
    case 'drop-devices':
      action.devices.forEach((device) => dropDevice(host, device));
      return;
    default:
      performInside(host, action);
  }
}

function flood(host: HostActual, { vni, add, remove }: Extract<Action, { do: 'flood' }>): void {
  const vxlan = host.vxlans[vni];
  if (!vxlan) throw new TypeError(`no VXLAN device ${vni}`);
  vxlan.flood = [...vxlan.flood.filter((peer) => !remove.includes(peer)), ...add];
}

function dropDevice(host: HostActual, device: string): void {
  for (const [kind, there] of [
    ['nb', host.bridges],
    ['nx', host.vxlans],
    ['nv', host.veths],
  ] as const) {
    const vni = vniIn(kind, device);
    if (vni !== undefined) Reflect.deleteProperty(there, vni);
  }
  const leg = vniIn('nv', device);
  for (const router of Object.values(host.routers))
    if (leg !== undefined) Reflect.deleteProperty(router.legs, leg);
  orphan(host, device);
}

/** What was in a bridge that is gone is in none. */
function orphan(host: HostActual, bridge: string): void {
  for (const link of [...Object.values(host.vxlans), ...Object.values(host.veths)])
    if (link.master === bridge) link.master = null;
  for (const [tap, master] of Object.entries(host.taps)) if (master === bridge) host.taps[tap] = null;
}

const NO_DHCP = { running: false, config: '', hosts: {} };

type InsideAction = Extract<Action, { namespace: string }>;

function performInside(host: HostActual, action: InsideAction): void {
  if (action.do === 'drop-router') {
    dropRouter(host, action.namespace);
    return;
  }
  if (action.do === 'namespace') {
    const {
      uplink = null,
      legs = {},
      rules = { is: 'none' },
      dhcp = NO_DHCP,
    } = (action.make ? undefined : host.routers[action.namespace]) ?? {};
    host.routers[action.namespace] = { usable: true, settings: true, uplink, legs, rules, dhcp };
    return;
  }
  const router = host.routers[action.namespace];
  if (!router) throw new TypeError(`no namespace ${action.namespace}`);
  performInRouter(host, router, action);
}

function dropRouter(host: HostActual, namespace: string): void {
  for (const vni of Object.keys(host.routers[namespace]?.legs ?? {})) Reflect.deleteProperty(host.veths, vni);
  Reflect.deleteProperty(host.routers, namespace);
}

const device = (address: string, mac: string, mtu: number): InsideState => ({
  up: true,
  mtu,
  mac,
  addresses: [address],
});

function performInRouter(
  host: HostActual,
  router: RouterState,
  action: Exclude<InsideAction, { do: 'namespace' | 'drop-router' }>,
): void {
  switch (action.do) {
    case 'uplink':
      router.uplink = {
        ...device(action.uplink.address, action.uplink.mac, 1500),
        gateway: action.uplink.gateway,
      };
      return;
    case 'leg':
      router.legs[action.leg.vni] = device(action.leg.address, action.leg.mac, MTU);
      host.veths[action.leg.vni] = { up: true, mtu: MTU, master: bridgeOf(action.leg.vni) };
      return;
    case 'rules':
      router.rules = { is: 'intact', digest: action.table.digest };
      return;
    case 'dhcp':
      router.dhcp = { running: true, config: action.config, hosts: { ...action.hosts } };
      return;
    case 'dhcp-hosts':
      Object.assign(router.dhcp.hosts, action.hosts);
      return;
    case 'drop-dhcp':
      router.dhcp = structuredClone(NO_DHCP);
      return;
  }
}
