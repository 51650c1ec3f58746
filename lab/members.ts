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

/** Last byte of the addresses that hosts of other names get. */
export const SPARE_NUMBERS = Array.from({ length: 70 }, (_, index) => 30 + index);

/** Linux allows 15 characters for a device; the fabric's port of a host is `p-<name>`. */
const HOST_NAME = /^[a-z][a-z0-9-]{0,12}$/;

export function isHostName(name: string): boolean {
  return HOST_NAME.test(name) && !['ctl', 'fab', 'out'].includes(name);
}

/** The last byte of the address of a host whose name fixes it: `h1`…`h9` are .11….19, `gw`, `gw2`…`gw9` are .20….28. */
export function fixedNumber(name: string): number | undefined {
  const match = /^(?:h([1-9])|gw([2-9])?)$/.exec(name);
  if (!match) return undefined;
  return match[1] ? 10 + Number(match[1]) : 19 + Number(match[2] ?? 1);
}

/**
 * The plan of the host `name` with the addresses 10.77.0.`number` and fd77::`number`. Unless the options say otherwise `gw…` are
 * network hosts in loc1 and all others compute hosts: `h2`, `h4`… in loc2, the rest in loc1.
 */
export function planHost(name: string, number: number, options: HostOptions = {}): HostPlan {
  const roles = options.roles ?? [/^gw[2-9]?$/.test(name) ? 'network' : 'compute'];
  return {
    name,
    address: `10.77.0.${number}`,
    address6: `fd77::${number}`,
    location: options.location ?? (/^h[2468]$/.test(name) ? 'loc2' : 'loc1'),
    roles,
    libvirt: options.libvirt ?? roles.includes('compute'),
  };
}
