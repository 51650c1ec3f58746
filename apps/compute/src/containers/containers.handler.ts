import { Controller } from '@nestjs/common';
import {
  ById,
  ByIds,
  createContainer,
  CreateContainer,
  deleteContainer,
  discardContainer,
  ensureContainer,
  EnsureContainer,
  findContainers,
  getContainer,
  listContainers,
  listContainerTimeline,
  ListInput,
  ListVmTimeline,
  readContainerLogs,
  ReadConsole,
  tailContainer,
  updateContainer,
  UpdateContainer,
  type ConsoleView,
  type ContainerView,
  type Nothing,
  type Page,
  type RequestContext,
  type VmTimelineEntry,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { Container } from '../../../../libs/entities/src/compute';
import { Timeline } from '../instances/timeline.service';
import { ContainerCreation } from './container-creation.service';
import { ContainerLogs } from './container-logs.service';
import { ContainersService } from './containers.service';

@Controller()
export class ContainersHandler {
  constructor(
    private readonly containers: ContainersService,
    private readonly creation: ContainerCreation,
    private readonly timeline: Timeline,
    private readonly logs: ContainerLogs,
  ) {}

  @Handles(createContainer) create(ctx: RequestContext, input: CreateContainer): Promise<ContainerView> {
    return this.creation.create(ctx, input);
  }

  @Handles(listContainers) list(ctx: RequestContext, input: ListInput): Promise<Page<ContainerView>> {
    return this.containers.list(ctx, input);
  }

  @Handles(getContainer) get(ctx: RequestContext, input: ById): Promise<ContainerView> {
    return this.containers.get(ctx, input);
  }

  @Handles(updateContainer) update(ctx: RequestContext, input: UpdateContainer): Promise<ContainerView> {
    return this.containers.update(ctx, input);
  }

  @Handles(deleteContainer) delete(ctx: RequestContext, input: ById): Promise<ContainerView> {
    return this.containers.delete(ctx, input);
  }

  @Handles(listContainerTimeline) happenings(
    ctx: RequestContext,
    input: ListVmTimeline,
  ): Promise<Page<VmTimelineEntry>> {
    return this.timeline.list({ noun: 'container', entity: Container }, ctx, input);
  }

  @Handles(readContainerLogs) readLogs(ctx: RequestContext, input: ReadConsole): Promise<ConsoleView> {
    return this.logs.read(ctx, input);
  }

  @Handles(tailContainer) tail(_ctx: RequestContext, input: ReadConsole): Promise<ConsoleView> {
    return this.logs.tail(input);
  }

  @Handles(ensureContainer) ensure(ctx: RequestContext, input: EnsureContainer): Promise<ContainerView> {
    return this.creation.ensure(ctx, input);
  }

  @Handles(findContainers) find(ctx: RequestContext, input: ByIds): Promise<Page<ContainerView>> {
    return this.containers.find(ctx, input);
  }

  @Handles(discardContainer) discard(ctx: RequestContext, input: ById): Promise<Nothing> {
    return this.containers.discard(ctx, input);
  }
}
