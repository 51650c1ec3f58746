import { Controller } from '@nestjs/common';
import {
  ById,
  deleteHost,
  EnrolHost,
  enrolHost,
  getHost,
  ListInput,
  listHosts,
  UpdateHost,
  updateHost,
  type HostView,
  type Page,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { HostsService } from './hosts.service';

@Controller()
export class HostsHandler {
  constructor(private readonly hosts: HostsService) {}

  @Handles(enrolHost) enrol(ctx: RequestContext, input: EnrolHost): Promise<HostView> {
    return this.hosts.enrol(ctx, input);
  }

  @Handles(listHosts) list(ctx: RequestContext, input: ListInput): Promise<Page<HostView>> {
    return this.hosts.list(ctx, input);
  }

  @Handles(getHost) get(ctx: RequestContext, input: ById): Promise<HostView> {
    return this.hosts.get(ctx, input);
  }

  @Handles(updateHost) update(ctx: RequestContext, input: UpdateHost): Promise<HostView> {
    return this.hosts.update(ctx, input);
  }

  @Handles(deleteHost) remove(ctx: RequestContext, input: ById): Promise<HostView> {
    return this.hosts.remove(ctx, input);
  }
}
