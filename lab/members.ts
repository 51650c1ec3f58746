// Who stands on the fabric of a lab, and with which addresses. Every lab has its own fabric, so all labs use the same.

export type Role = 'compute' | 'network';

export interface HostPlan {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly location: string;
  readonly roles: readonly Role[];
  /** Whether libvirtd is started. */
  readonly libvirt: boolean;
}

export interface HostOptions {
  readonly libvirt?: boolean;
  readonly location?: string;
  readonly roles?: readonly Role[];
}

export const CONTROLLER_ADDRESS = '10.77.0.1';
export const OUTSIDE_ADDRESS = '10.77.0.200';
/** The network card of every member on the fabric. */
export const UNDERLAY = 'under0';

export const EXTERNAL = {
  interface: UNDERLAY,
  cidr: '10.77.0.0/24',
  range: '10.77.0.100-10.77.0.199',
  gateway: CONTROLLER_ADDRESS,
} as const;

/**
 * The plan of a host by its name: `h1`…`h9` are compute hosts (odd ones in loc1, even ones in loc2), `gw`, `gw2`…`gw9` are
 * network hosts in loc1. Returns undefined for any other name.
 */
export function planHost(name: string, options: HostOptions = {}): HostPlan | undefined {
  const match = /^(?:h([1-9])|gw([2-9])?)$/.exec(name);
  if (!match) return undefined;
  const compute = match[1] ? Number(match[1]) : 0;
  const last = compute > 0 ? 10 + compute : 19 + Number(match[2] ?? 1);
  const roles = options.roles ?? [compute > 0 ? 'compute' : 'network'];
  return {
    name,
    address: `10.77.0.${last}`,
    address6: `fd77::${last}`,
    location: options.location ?? (compute > 0 && compute % 2 === 0 ? 'loc2' : 'loc1'),
    roles,
    libvirt: options.libvirt ?? roles.includes('compute'),
  };
}
