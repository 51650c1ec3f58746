import type { HostView } from '@nubo/contracts';
import type { Host } from '@nubo/fleet';
import { resourceFields } from '@nubo/persistence';

/** What is wrong with a host, or with what runs guests on it; both of that may be. */
function reasonOf({ stateReason, libvirtFault, podmanFault }: Host): string | null {
  const faults = [libvirtFault, podmanFault].filter((fault) => fault !== null);
  return stateReason ?? (faults.length > 0 ? faults.join('; ') : null);
}

/** What everybody sees of a host; how it is reached is for administrators. */
export function toHostView(host: Host, forAdmin: boolean): HostView {
  const { address, hostKey } = host;
  return {
    ...resourceFields<HostView['state']>(host),
    stateReason: forAdmin ? reasonOf(host) : null,
    location: host.location,
    roles: host.roles,
    virt: host.virt,
    vcpus: { total: host.vcpus, used: host.usedVcpus },
    memory: { total: host.memoryMib, used: host.usedMemoryMib },
    disk: { total: host.diskGib, used: host.usedDiskGib },
    lastSeenAt: host.lastSeenAt?.toISOString() ?? null,
    ...(forAdmin && { address, hostKey }),
  };
}
