import { Controller } from '@nestjs/common';
import {
  ById,
  ByIds,
  createVm,
  CreateVm,
  deleteVm,
  discardVm,
  ensureVm,
  EnsureVm,
  findVms,
  getVm,
  ListInput,
  listVms,
  ListVmTimeline,
  listVmTimeline,
  readConsole,
  ReadConsole,
  rebootVm,
  RebootVm,
  updateVm,
  UpdateVm,
  type VmTimelineEntry,
  VmView,
  type ConsoleView,
  type Nothing,
  type Page,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { Vm } from '../../../../libs/entities/src/compute';
import { Timeline } from '../instances/timeline.service';
import { VmConsole } from './vm-console.service';
import { VmCreation } from './vm-creation.service';
import { VmPower } from './vm-power.service';
import { VmsService } from './vms.service';

@Controller()
export class VmsHandler {
  constructor(
    private readonly vms: VmsService,
    private readonly creation: VmCreation,
    private readonly power: VmPower,
    private readonly timeline: Timeline,
    private readonly console: VmConsole,
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

  @Handles(readConsole) readConsole(ctx: RequestContext, input: ReadConsole): Promise<ConsoleView> {
    return this.console.read(ctx, input);
  }

  @Handles(rebootVm) reboot(ctx: RequestContext, input: RebootVm): Promise<VmView> {
    return this.power.reboot(ctx, input);
  }

  @Handles(listVmTimeline) happenings(
    ctx: RequestContext,
    input: ListVmTimeline,
  ): Promise<Page<VmTimelineEntry>> {
    return this.timeline.list({ noun: 'VM', entity: Vm }, ctx, input);
  }

  @Handles(ensureVm) ensure(ctx: RequestContext, input: EnsureVm): Promise<VmView> {
    return this.creation.ensure(ctx, input);
  }

  @Handles(findVms) find(ctx: RequestContext, input: ByIds): Promise<Page<VmView>> {
    return this.vms.find(ctx, input);
  }

  @Handles(discardVm) discard(ctx: RequestContext, input: ById): Promise<Nothing> {
    return this.vms.discard(ctx, input);
  }
}
