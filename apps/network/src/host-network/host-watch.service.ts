import { Injectable } from '@nestjs/common';
import { serviceContext, type HostEvent } from '@nubo/contracts';
import { Fleet } from '@nubo/fleet';
import { Intentions } from '@nubo/persistence';
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
  async changed({ hostId }: HostEvent): Promise<void> {
    await this.intentions.apply(serviceContext('network', hostId), async ({ em }) => {
      const routers = await this.fleet.withRole('network', em);
      await wakeHosts(em, [hostId, ...routers.map((host) => host.id)]);
    });
  }
}
