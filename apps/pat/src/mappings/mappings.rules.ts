import { exhausted, invalidFields, type CreateMapping } from '@nubo/contracts';

export interface PortRange {
  first: number;
  last: number;
}

/** The ways to name what a mapping leads to, and what it is to people. */
const TARGETS = { portId: 'port', vmId: 'VM', containerId: 'container' } as const;
type TargetField = keyof typeof TARGETS;

/** How the target was named. */
export interface NamedTarget {
  noun: (typeof TARGETS)[TargetField];
  id: string;
}

/** Throws `invalid` for a mapping that names no target, or several. */
export function namedTarget(input: Pick<CreateMapping, TargetField>): NamedTarget {
  const fields = Object.keys(TARGETS) as TargetField[];
  const [field, second] = fields.filter((one) => input[one]);
  const id = field && input[field];
  if (field && id && !second) return { noun: TARGETS[field], id };
  const ways = 'the VM (vmId), the container (containerId) or one of their NICs (portId)';
  throw invalidFields([
    { field: second ?? 'vmId', message: second ? `name only one: ${ways}` : `name ${ways}` },
  ]);
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
