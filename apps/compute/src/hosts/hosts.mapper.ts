import type { HostView } from '@nubo/contracts';
import type { Host } from '@nubo/fleet';
import { resourceFields } from '@nubo/persistence';

/** What everybody sees of a host; how it is reached is for administrators. */
export function toHostView(host: Host, forAdmin: boolean): HostView {
  const { address, hostKey } = host;
  return {
    ...resourceFields<HostView['state']>(host),
    stateReason: forAdmin ? (host.stateReason ?? host.libvirtFault) : null,
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
