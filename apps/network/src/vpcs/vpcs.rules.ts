import type { HostExternal, HostRole, HostState } from '@nubo/contracts';
import { exhausted } from '@nubo/contracts';
import { blockOf, toNumber, type Cidr } from '../addresses/ipv4.rules';

/** What the choice of a network host looks at. */
export interface NetworkHost {
  id: string;
  name: string;
  state: HostState;
  roles: HostRole[];
  location: string;
  external: HostExternal | null;
}

/** The addresses that a host may give to routers, both ends included. */
export interface ExternalRange {
  first: number;
  last: number;
}

/** A host that may get a router. */
export interface Candidate {
  id: string;
  name: string;
  location: string;
  range: ExternalRange;
}

export interface Refusal {
  host: string;
  reason: string;
}

export function rangeOf({ range }: HostExternal): ExternalRange | undefined {
  const [first, last] = range.split('-').map(toNumber);
  return first !== undefined && last !== undefined && first <= last ? { first, last } : undefined;
}

/** The network outside of a host’s routers. */
export function outsideOf({ gateway, prefix }: HostExternal): Cidr | undefined {
  const address = toNumber(gateway);
  return address === undefined ? undefined : blockOf(address, prefix);
}

function refusalOf(host: NetworkHost, region?: string): string | undefined {
  if (host.state !== 'ready' && host.state !== 'suspect') return `it is ${host.state}`;
  if (region !== undefined && host.location !== region) return `it is in ${host.location}, not in ${region}`;
  if (!host.external) return 'it has no external addresses';
  return rangeOf(host.external) ? undefined : `its external range ${host.external.range} is not one`;
}

/**
 * The hosts that may get a router in `region` (anywhere, when none is given). Throws `exhausted` with how many were
 * looked at and why each was refused when there is none.
 */
export function candidates(hosts: NetworkHost[], region?: string): Candidate[] {
  const looked = hosts.filter((host) => host.roles.includes('network'));
  const found = looked.flatMap((host) => {
    const range = host.external && rangeOf(host.external);
    return range && !refusalOf(host, region)
      ? [{ id: host.id, name: host.name, location: host.location, range }]
      : [];
  });
  if (found.length > 0) return found;
  const refused = looked.map((host) => ({ host: host.name, reason: refusalOf(host, region) ?? 'unknown' }));
  throw noNetworkHost(refused);
}

function noNetworkHost(refused: Refusal[]) {
  const reasons = refused.map(({ host, reason }) => `${host}: ${reason}`).join('; ');
  const message = `No network host can take the router; ${refused.length} looked at${reasons && ` (${reasons})`}.`;
  return exhausted('no_network_host', message, { looked: refused.length, refused });
}

/** The error when all candidates have given all their addresses. */
export function noExternalAddress(hosts: Candidate[]) {
  const refused = hosts.map(({ name, range }) => ({
    host: name,
    reason: `all ${range.last - range.first + 1} of its external addresses are taken`,
  }));
  const message = `No external address is free on the ${hosts.length} network host(s) that could take the router.`;
  return exhausted('no_external_address', message, { looked: hosts.length, refused });
}
