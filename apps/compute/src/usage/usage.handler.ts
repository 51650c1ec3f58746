import { Controller } from '@nestjs/common';
import {
  ById,
  ContainerUsageView,
  getContainerUsage,
  getVmUsage,
  VmUsageView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { UsageService } from './usage.service';

@Controller()
export class UsageHandler {
  constructor(private readonly usage: UsageService) {}

  @Handles(getVmUsage) ofVm(ctx: RequestContext, input: ById): Promise<VmUsageView> {
    return this.usage.ofVm(ctx, input);
  }

  @Handles(getContainerUsage) ofContainer(ctx: RequestContext, input: ById): Promise<ContainerUsageView> {
    return this.usage.ofContainer(ctx, input);
  }
}
