import { exhausted, invalidFields, type CreateMapping } from '@nubo/contracts';

export interface PortRange {
  first: number;
  last: number;
}

/** Refuses a mapping that names no target, or two. */
export function assertOneTarget({ portId, vmId }: Pick<CreateMapping, 'portId' | 'vmId'>): void {
  if (portId && vmId)
    throw invalidFields([{ field: 'vmId', message: 'name the NIC (portId) or the VM (vmId), not both' }]);
  if (!portId && !vmId)
    throw invalidFields([{ field: 'vmId', message: 'name the VM (vmId) or one of its NICs (portId)' }]);
}

/** Refuses an external port that routers do not give out. */
export function assertInRange(externalPort: number | undefined, { first, last }: PortRange): void {
  if (externalPort === undefined || (externalPort >= first && externalPort <= last)) return;
  throw invalidFields([{ field: 'externalPort', message: `must be from ${first} to ${last}` }]);
}

/** The lowest port of `range` that is not `taken`. Throws `exhausted` with the numbers when there is none. */
export function lowestFreePort(taken: Iterable<number>, { first, last }: PortRange): number {
  const used = new Set(taken);
  for (let port = first; port <= last; port += 1) if (!used.has(port)) return port;
  const message = `All ${last - first + 1} external ports of this router (${first}–${last}) are taken; delete a mapping first.`;
  throw exhausted('no_free_port', message, { first, last, used: used.size });
}

/** `tcp-4000`: what a mapping is called when nobody names it. */
export const defaultName = (protocol: string, externalPort: number): string => `${protocol}-${externalPort}`;
