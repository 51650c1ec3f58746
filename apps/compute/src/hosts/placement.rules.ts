import type { HostRole, HostState, ImageKind } from '@nubo/contracts';

/** What a guest needs of its host. */
export interface Wanted {
  vcpus: number;
  memoryMib: number;
  diskGib: number;
  /** Only hosts there; default: anywhere. */
  location?: string;
  /** Only this host. */
  hostId?: string;
  /** What it is; default: a VM. */
  kind?: ImageKind;
}

/** What placement looks at in a host. */
export interface Room {
  id: string;
  name: string;
  state: HostState;
  roles: HostRole[];
  location: string;
  vcpus: number;
  usedVcpus: number;
  memoryMib: number;
  usedMemoryMib: number;
  diskGib: number;
  usedDiskGib: number;
  libvirtFault?: string | null;
  podmanFault?: string | null;
}

export interface Refusal {
  /** The host's name. */
  host: string;
  reason: string;
}

const short = (what: string, [total, used]: [number, number], wanted: number): string | undefined =>
  used + wanted > total ? `has ${total - used} ${what} left, ${wanted} wanted` : undefined;

/** Why a host cannot take a guest, or undefined when it can. */
export function refusal(host: Room, wanted: Wanted): string | undefined {
  if (!host.roles.includes('compute')) return 'does not run guests';
  if (wanted.hostId && host.id !== wanted.hostId) return 'is another one';
  if (wanted.location && host.location !== wanted.location) return `is in ${host.location}`;
  if (host.state !== 'ready') return `is ${host.state}`;
  if (wanted.kind === 'container' ? host.podmanFault : host.libvirtFault)
    return `has a ${wanted.kind === 'container' ? 'podman' : 'libvirt'} that does not answer`;
  return (
    short('vCPUs', [host.vcpus, host.usedVcpus], wanted.vcpus) ??
    short('MiB of memory', [host.memoryMib, host.usedMemoryMib], wanted.memoryMib) ??
    short('GiB of disk', [host.diskGib, host.usedDiskGib], wanted.diskGib)
  );
}

/** The part of a host's scarcest resource that would still be free, 0–1. */
const freeAfter = (host: Room, wanted: Wanted): number =>
  Math.min(
    1 - (host.usedVcpus + wanted.vcpus) / host.vcpus,
    1 - (host.usedMemoryMib + wanted.memoryMib) / host.memoryMib,
    1 - (host.usedDiskGib + wanted.diskGib) / host.diskGib,
  );

/** Hosts that can take the guest, the emptiest first (by name where equal), and why the others cannot. */
export function rank<H extends Room>(hosts: H[], wanted: Wanted): { candidates: H[]; refused: Refusal[] } {
  const judged = hosts.map((host) => ({ host, reason: refusal(host, wanted) }));
  const refused = judged.flatMap(({ host, reason }) => (reason ? [{ host: host.name, reason }] : []));
  const candidates = judged
    .filter(({ reason }) => reason === undefined)
    .map(({ host }) => host)
    .sort((a, b) => freeAfter(b, wanted) - freeAfter(a, wanted) || (a.name < b.name ? -1 : 1));
  return { candidates, refused };
}

/** One sentence for a person. */
export function refusalText(refused: Refusal[]): string {
  if (refused.length === 0) return 'No host has room: there is no host yet.';
  const reasons = refused.map(({ host, reason }) => `${host} ${reason}`).join('; ');
  return `No host has room; ${refused.length} looked at: ${reasons}.`;
}
