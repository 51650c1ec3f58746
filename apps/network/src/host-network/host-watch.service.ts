import { Injectable } from '@nestjs/common';
import { serviceContext, type HostEvent } from '@nubo/contracts';
import { Fleet } from '@nubo/fleet';
import { Intentions } from '@nubo/persistence';
import { Not, type EntityManager } from 'typeorm';
import { Vpc } from '../../../../libs/entities/src/network';
import { wakeHosts } from './host-work.store';

@Injectable()
export class HostWatch {
  constructor(
    private readonly intentions: Intentions,
    private readonly fleet: Fleet,
  ) {}

  /**
   * The host is looked at: one that has booted anew is programmed anew, one that is gone is forgotten. Routers protect
   * the addresses of all hosts, so theirs are looked at, too.
   */
  async changed({ hostId, state }: HostEvent): Promise<void> {
    await this.intentions.apply(serviceContext('network', hostId), async ({ em }) => {
      if (state === 'deleted') await orphan(em, hostId);
      const routers = await this.fleet.withRole('network', em);
      await wakeHosts(em, [hostId, ...routers.map((host) => host.id)]);
    });
  }
}

/** Their routers are gone with the host; they can only be deleted. */
async function orphan(em: EntityManager, hostId: string): Promise<void> {
  const stateReason = 'Its network host was removed: delete the VPC and make it anew.';
  await em.update(Vpc, { hostId, state: Not('deleting') }, { state: 'error', stateReason });
}
