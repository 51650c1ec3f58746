import { Controller } from '@nestjs/common';
import { ById, getRouter, type RequestContext, type RouterView } from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { RoutersService } from './routers.service';

@Controller()
export class RoutersHandler {
  constructor(private readonly routers: RoutersService) {}

  @Handles(getRouter)
  get(ctx: RequestContext, input: ById): Promise<RouterView> {
    return this.routers.get(ctx, input);
  }
}
