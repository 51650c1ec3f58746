import { Controller } from '@nestjs/common';
import {
  ById,
  createVpc,
  CreateVpc,
  deleteVpc,
  getVpc,
  ListInput,
  listVpcs,
  updateVpc,
  UpdateVpc,
  type Page,
  type RequestContext,
  type VpcView,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { VpcsService } from './vpcs.service';

@Controller()
export class VpcsHandler {
  constructor(private readonly vpcs: VpcsService) {}

  @Handles(createVpc)
  create(ctx: RequestContext, input: CreateVpc): Promise<VpcView> {
    return this.vpcs.create(ctx, input);
  }

  @Handles(listVpcs)
  list(ctx: RequestContext, input: ListInput): Promise<Page<VpcView>> {
    return this.vpcs.list(ctx, input);
  }

  @Handles(getVpc)
  get(ctx: RequestContext, input: ById): Promise<VpcView> {
    return this.vpcs.get(ctx, input);
  }

  @Handles(updateVpc)
  update(ctx: RequestContext, input: UpdateVpc): Promise<VpcView> {
    return this.vpcs.update(ctx, input);
  }

  @Handles(deleteVpc)
  delete(ctx: RequestContext, input: ById): Promise<VpcView> {
    return this.vpcs.delete(ctx, input);
  }
}
