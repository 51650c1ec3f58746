/** What can be done to a host’s networks. Every action may be done again. */
import type { Leg, RouterUplink, Table } from './plan';

/** `make`: it is not there yet; else it is there and is set right. */
export type Action =
  /** Bridged frames bypass the host's IP rules from now on. */
  | { do: 'quiet-bridges' }
  /** Replaces the anti-spoofing table as a whole, in one transaction. */
  | { do: 'filters'; table: Table }
  | { do: 'drop-filters' }
  | { do: 'bridge'; vni: number; make: boolean }
  | { do: 'vxlan'; vni: number; local: string; make: boolean }
  | { do: 'flood'; vni: number; add: string[]; remove: string[] }
  | { do: 'attach'; device: string; vni: number }
  | { do: 'drop-devices'; devices: string[] }
  /** `make` also removes what is left under that name. */
  | { do: 'namespace'; namespace: string; make: boolean }
  | { do: 'uplink'; namespace: string; uplink: RouterUplink; make: boolean }
  | { do: 'leg'; namespace: string; leg: Leg; make: boolean }
  | { do: 'rules'; namespace: string; table: Table }
  /** Starts DHCP with exactly these ports; one that runs is ended first, and its leases forgotten. */
  | { do: 'dhcp'; namespace: string; config: string; hosts: Record<string, string> }
  /** Adds ports to a DHCP server that runs. */
  | { do: 'dhcp-hosts'; namespace: string; hosts: Record<string, string> }
  | { do: 'drop-dhcp'; namespace: string }
  | { do: 'drop-router'; namespace: string };

/** Actions that stand or fall together; a failed one does not keep the others from being done. */
export interface Batch {
  /** `host`, `filters`, `segment <vni>`, `router <namespace>` or `leftovers`. */
  key: string;
  actions: Action[];
}

export const HOST_BATCH = 'host';
export const FILTER_BATCH = 'filters';
export const LEFTOVER_BATCH = 'leftovers';
export const segmentBatch = (vni: number): string => `segment ${vni}`;
export const routerBatch = (namespace: string): string => `router ${namespace}`;
