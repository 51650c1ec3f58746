import { Injectable } from '@nestjs/common';
import { notFound, unavailable, type RouteRequest, type RouteView } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { CdnInstance, Distribution } from '../../../../libs/entities/src/cdn';
import { nearOf } from './near.rules';
import { UserPlaces } from './user-places.service';

interface Led {
  row: Distribution;
  controller: CdnInstance;
  url: string;
}

/** Leads whoever fetches content to the controller of its distribution. */
@Injectable()
export class RoutingService {
  constructor(
    private readonly intentions: Intentions,
    private readonly places: UserPlaces,
  ) {}

  /** Throws `not_found` where no customer has exactly this id, `unavailable` while nothing can be fetched yet. */
  async route({ customerId, user }: RouteRequest): Promise<RouteView> {
    const { row, controller, url } = await this.led(customerId);
    if (user === undefined) return { url, near: null };
    const places = await this.places.of(row.tenantId, user);
    return { url, near: nearOf(row, places, user, controller.token) };
  }

  private led(customerId: string): Promise<Led> {
    return this.intentions.read(async (em) => {
      const row = await em.findOneBy(Distribution, { customerId });
      if (!row || row.state === 'deleting') throw notFound('customer', customerId);
      const controller = await em.findOneBy(CdnInstance, { distributionId: row.id, role: 'controller' });
      if (controller?.url) return { row, controller, url: controller.url };
      throw unavailable('not_yet', 'This content cannot be fetched yet: its edges are being made.');
    });
  }
}
