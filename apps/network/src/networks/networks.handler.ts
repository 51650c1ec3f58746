import { Controller } from '@nestjs/common';
import {
  ById,
  discardNetwork,
  EnsureNetwork,
  ensureNetwork,
  type NetworkView,
  type Nothing,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { NetworksService } from './networks.service';

@Controller()
export class NetworksHandler {
  constructor(private readonly networks: NetworksService) {}

  @Handles(ensureNetwork)
  ensure(ctx: RequestContext, input: EnsureNetwork): Promise<NetworkView> {
    return this.networks.ensure(ctx, input);
  }

  @Handles(discardNetwork)
  discard(ctx: RequestContext, { id }: ById): Promise<Nothing> {
    return this.networks.discard(ctx, id);
  }
}
