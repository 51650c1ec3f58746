/** How a host’s networks shall be. All lists are sorted, so that equal plans are equal objects. */

/** An nft table as a document; `digest` tells whether a host has this one. */
export interface Table {
  document: string;
  digest: string;
}

/** A subnet on a host: a bridge, and a VXLAN device to the other hosts that have it. */
export interface Segment {
  vni: number;
  /** The host's own VXLAN address. */
  local: string;
  peers: string[];
  /** The tap devices that belong into the bridge once they are there. */
  taps: string[];
}

/** What may come from a port's device. */
export interface PortFilter {
  device: string;
  mac: string;
  ip: string;
}

/** A router's end in a subnet. */
export interface Leg {
  vni: number;
  /** With prefix. */
  address: string;
  mac: string;
}

export interface RouterUplink {
  parent: string;
  /** With prefix. */
  address: string;
  gateway: string;
  mac: string;
}

export interface Dhcp {
  config: string;
  /** File name → line of dnsmasq's hosts directory. */
  hosts: Record<string, string>;
}

export interface RouterPlan {
  vpcId: string;
  namespace: string;
  uplink: RouterUplink;
  legs: Leg[];
  rules: Table;
  dhcp: Dhcp | null;
}

export interface HostPlan {
  segments: Segment[];
  /** null: no network of ours on the host. */
  filters: Table | null;
  routers: RouterPlan[];
}
