import { Injectable } from '@nestjs/common';
import type { ById, HostUseView } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { Port, Vpc } from '../../../../libs/entities/src/network';

@Injectable()
export class HostsService {
  constructor(private readonly intentions: Intentions) {}

  use({ id: hostId }: ById): Promise<HostUseView> {
    return this.intentions.read(async (em) => ({
      routers: await em.countBy(Vpc, { hostId }),
      ports: await em.countBy(Port, { hostId }),
    }));
  }
}
