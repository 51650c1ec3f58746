import { Controller } from '@nestjs/common';
import { ById, getVmUsage, VmUsageView, type RequestContext } from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { UsageService } from './usage.service';

@Controller()
export class UsageHandler {
  constructor(private readonly usage: UsageService) {}

  @Handles(getVmUsage) get(ctx: RequestContext, input: ById): Promise<VmUsageView> {
    return this.usage.get(ctx, input);
  }
}
