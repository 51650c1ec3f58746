import { Injectable } from '@nestjs/common';
import { exhausted } from '@nubo/contracts';
import { Fleet, Host } from '@nubo/fleet';
import type { EntityManager } from 'typeorm';
import { rank, refusalText, type Wanted } from './placement.rules';

const TAKE = `UPDATE fleet.hosts SET used_vcpus = used_vcpus + $2, used_memory_mib = used_memory_mib + $3, used_disk_gib = used_disk_gib + $4
  WHERE id = $1 AND state = 'ready' AND CASE WHEN $5 THEN podman_fault ELSE libvirt_fault END IS NULL AND used_vcpus + $2 <= vcpus AND used_memory_mib + $3 <= memory_mib AND used_disk_gib + $4 <= disk_gib`;
const GIVE = `UPDATE fleet.hosts SET used_vcpus = greatest(used_vcpus - $2, 0), used_memory_mib = greatest(used_memory_mib - $3, 0),
  used_disk_gib = greatest(used_disk_gib - $4, 0) WHERE id = $1`;

/** Finds room for guests. The database decides: what is taken never passes what a host has. */
@Injectable()
export class PlacementService {
  constructor(private readonly fleet: Fleet) {}

  /**
   * Takes `wanted` on the host that has the most left, in the caller's transaction, and answers that host. Throws
   * `exhausted` (`no_host_with_room`) that says how many hosts were looked at and why each was refused.
   */
  async place(em: EntityManager, wanted: Wanted): Promise<Host> {
    const hosts = await this.fleet.all(em);
    const { candidates, refused } = rank(hosts, wanted);
    for (const host of candidates) {
      if (await this.take(em, host.id, wanted)) return host;
      refused.push({ host: host.name, reason: 'was filled by others meanwhile' });
    }
    const details = { examined: refused.length, refused };
    throw exhausted('no_host_with_room', refusalText(refused), details);
  }

  /** Gives back what {@link place} took, in the transaction that forgets the guest. Harmless for a host that is gone. */
  async release(em: EntityManager, hostId: string, wanted: Wanted): Promise<void> {
    await em.query(GIVE, [hostId, wanted.vcpus, wanted.memoryMib, wanted.diskGib]);
  }

  private async take(em: EntityManager, hostId: string, wanted: Wanted): Promise<boolean> {
    const { vcpus, memoryMib, diskGib, kind } = wanted;
    const room = [hostId, vcpus, memoryMib, diskGib, kind === 'container'];
    const [, taken] = await em.query<[unknown, number]>(TAKE, room);
    return taken === 1;
  }
}
