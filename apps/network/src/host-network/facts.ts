/** What the database says about one host’s networks, in one snapshot. */
import type { NetworkState, PortState } from '@nubo/contracts';

export interface Uplink {
  /** The host's device that leads outside. */
  parent: string;
  prefix: number;
  gateway: string;
}

export interface SubnetFact {
  id: string;
  vpcId: string;
  /** Where its router is. */
  routerHostId: string;
  vni: number;
  cidr: string;
  gateway: string;
  dhcp: boolean;
  dns: string[];
  state: NetworkState;
  onHost: boolean;
}

export interface PortFact {
  id: string;
  subnetId: string;
  instanceId: string;
  vpcId: string;
  hostId: string | null;
  name: string;
  ip: string;
  mac: string;
  device: string;
  state: PortState;
  generation: number;
}

/** A VPC whose router is on the host. */
export interface VpcFact {
  id: string;
  namespace: string;
  externalIp: string;
  state: NetworkState;
  generation: number;
  observedGeneration: number;
  onHost: boolean;
}

export interface HostFacts {
  hostId: string;
  hostName: string;
  /** Every host's address that carries VXLAN; hosts without one are missing. */
  underlays: Record<string, string>;
  uplink: Uplink | null;
  /** Addresses that no tenant may reach through a router: those of the platform's hosts. */
  protectedAddresses: string[];
  vpcs: VpcFact[];
  /** The subnets of those VPCs, and those with a port on the host. */
  subnets: SubnetFact[];
  /** All ports of those subnets. */
  ports: PortFact[];
}
