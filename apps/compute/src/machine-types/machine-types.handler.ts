import { Controller } from '@nestjs/common';
import {
  ById,
  createMachineType,
  CreateMachineType,
  deleteMachineType,
  getMachineType,
  ListInput,
  listMachineTypes,
  updateMachineType,
  UpdateMachineType,
  type MachineTypeView,
  type Nothing,
  type Page,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { MachineTypesService } from './machine-types.service';

@Controller()
export class MachineTypesHandler {
  constructor(private readonly types: MachineTypesService) {}

  @Handles(createMachineType)
  create(ctx: RequestContext, input: CreateMachineType): Promise<MachineTypeView> {
    return this.types.create(ctx, input);
  }

  @Handles(listMachineTypes)
  list(ctx: RequestContext, input: ListInput): Promise<Page<MachineTypeView>> {
    return this.types.list(ctx, input);
  }

  @Handles(getMachineType)
  get(_: RequestContext, { id }: ById): Promise<MachineTypeView> {
    return this.types.get(id);
  }

  @Handles(updateMachineType)
  update(ctx: RequestContext, input: UpdateMachineType): Promise<MachineTypeView> {
    return this.types.update(ctx, input);
  }

  @Handles(deleteMachineType)
  delete(ctx: RequestContext, input: ById): Promise<Nothing> {
    return this.types.delete(ctx, input);
  }
}
