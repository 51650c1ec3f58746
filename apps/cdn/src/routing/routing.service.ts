import { Injectable } from '@nestjs/common';
import { notFound, unavailable, type RouteRequest, type RouteView } from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { CdnInstance, Distribution } from '../../../../libs/entities/src/cdn';

/** Leads whoever fetches content to the controller of its distribution. */
@Injectable()
export class RoutingService {
  constructor(private readonly intentions: Intentions) {}

  /** Throws `not_found` where no customer has exactly this id, `unavailable` while nothing can be fetched yet. */
  route({ customerId }: RouteRequest): Promise<RouteView> {
    return this.intentions.read(async (em) => {
      const row = await em.findOneBy(Distribution, { customerId });
      if (!row || row.state === 'deleting') throw notFound('customer', customerId);
      const controller = await em.findOneBy(CdnInstance, { distributionId: row.id, role: 'controller' });
      if (controller?.url) return { url: controller.url, near: null };
      throw unavailable('not_yet', 'This content cannot be fetched yet: its edges are being made.');
    });
  }
}
