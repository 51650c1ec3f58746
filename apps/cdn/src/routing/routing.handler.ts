import { Controller } from '@nestjs/common';
import { RouteRequest, routeDistribution, type RequestContext, type RouteView } from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { RoutingService } from './routing.service';

@Controller()
export class RoutingHandler {
  constructor(private readonly routing: RoutingService) {}

  @Handles(routeDistribution)
  route(_ctx: RequestContext, input: RouteRequest): Promise<RouteView> {
    return this.routing.route(input);
  }
}
