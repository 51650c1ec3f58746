import { Controller } from '@nestjs/common';
import {
  ById,
  createVm,
  CreateVm,
  deleteVm,
  getVm,
  ListInput,
  listVms,
  updateVm,
  UpdateVm,
  VmView,
  type Page,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { VmCreation } from './vm-creation.service';
import { VmsService } from './vms.service';

@Controller()
export class VmsHandler {
  constructor(
    private readonly vms: VmsService,
    private readonly creation: VmCreation,
  ) {}

  @Handles(createVm) create(ctx: RequestContext, input: CreateVm): Promise<VmView> {
    return this.creation.create(ctx, input);
  }

  @Handles(listVms) list(ctx: RequestContext, input: ListInput): Promise<Page<VmView>> {
    return this.vms.list(ctx, input);
  }

  @Handles(getVm) get(ctx: RequestContext, { id }: ById): Promise<VmView> {
    return this.vms.get(ctx, id);
  }

  @Handles(updateVm) update(ctx: RequestContext, input: UpdateVm): Promise<VmView> {
    return this.vms.update(ctx, input);
  }

  @Handles(deleteVm) delete(ctx: RequestContext, input: ById): Promise<VmView> {
    return this.vms.delete(ctx, input);
  }
}
