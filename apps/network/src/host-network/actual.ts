/** How a host’s networks are, as far as they are ours. */

export interface LinkState {
  up: boolean;
  mtu: number;
  /** The bridge that it is in. */
  master: string | null;
}

export interface BridgeState extends LinkState {
  ipv6: boolean;
}

export interface VxlanState extends LinkState {
  ipv6: boolean;
  id: number;
  local: string | null;
  port: number;
  /** Where frames go whose receiver is not known. */
  flood: string[];
}

/** A device inside of a router. */
export interface InsideState {
  up: boolean;
  mtu: number;
  mac: string;
  /** IPv4, with prefix. */
  addresses: string[];
}

export interface DhcpState {
  running: boolean;
  config: string;
  hosts: Record<string, string>;
}

/** A table of ours: its digest, unless somebody else has changed it. */
export type TableState = { is: 'none' } | { is: 'changed' } | { is: 'intact'; digest: string };

export interface RouterState {
  /** False: only a name is left. */
  usable: boolean;
  /** Forwards IPv4 and speaks no IPv6. */
  settings: boolean;
  uplink: (InsideState & { gateway: string | null }) | null;
  legs: Record<number, InsideState>;
  rules: TableState;
  dhcp: DhcpState;
}

export interface HostActual {
  /** Bridged frames pass the host's IP rules and connection tracking. */
  bridgeFiltering: boolean;
  filters: TableState;
  bridges: Record<number, BridgeState>;
  vxlans: Record<number, VxlanState>;
  /** The routers' legs, by VNI: the ends in the bridges. */
  veths: Record<number, LinkState>;
  /** Tap device → bridge. */
  taps: Record<string, string | null>;
  /** By namespace. */
  routers: Record<string, RouterState>;
}

export const NOTHING: HostActual = {
  bridgeFiltering: false,
  filters: { is: 'none' },
  bridges: {},
  vxlans: {},
  veths: {},
  taps: {},
  routers: {},
};
