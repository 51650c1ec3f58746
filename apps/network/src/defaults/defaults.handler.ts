import { Controller } from '@nestjs/common';
import {
  ensureDefaultNetwork,
  EnsureDefaultNetwork,
  type DefaultNetworkView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { DefaultsService } from './defaults.service';

@Controller()
export class DefaultsHandler {
  constructor(private readonly defaults: DefaultsService) {}

  @Handles(ensureDefaultNetwork)
  ensure(ctx: RequestContext, input: EnsureDefaultNetwork): Promise<DefaultNetworkView> {
    return this.defaults.ensure(ctx, input);
  }
}
