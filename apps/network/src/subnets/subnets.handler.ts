import { Controller } from '@nestjs/common';
import {
  ById,
  createSubnet,
  CreateSubnet,
  deleteSubnet,
  getSubnet,
  ListInput,
  listSubnets,
  updateSubnet,
  UpdateSubnet,
  type Page,
  type RequestContext,
  type SubnetView,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { SubnetsService } from './subnets.service';

@Controller()
export class SubnetsHandler {
  constructor(private readonly subnets: SubnetsService) {}

  @Handles(createSubnet)
  create(ctx: RequestContext, input: CreateSubnet): Promise<SubnetView> {
    return this.subnets.create(ctx, input);
  }

  @Handles(listSubnets)
  list(ctx: RequestContext, input: ListInput): Promise<Page<SubnetView>> {
    return this.subnets.list(ctx, input);
  }

  @Handles(getSubnet)
  get(ctx: RequestContext, input: ById): Promise<SubnetView> {
    return this.subnets.get(ctx, input);
  }

  @Handles(updateSubnet)
  update(ctx: RequestContext, input: UpdateSubnet): Promise<SubnetView> {
    return this.subnets.update(ctx, input);
  }

  @Handles(deleteSubnet)
  delete(ctx: RequestContext, input: ById): Promise<SubnetView> {
    return this.subnets.delete(ctx, input);
  }
}
