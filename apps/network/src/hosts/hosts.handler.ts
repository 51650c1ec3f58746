import { Controller } from '@nestjs/common';
import { ById, getHostUse, type HostUseView, type RequestContext } from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { HostsService } from './hosts.service';

@Controller()
export class HostsHandler {
  constructor(private readonly hosts: HostsService) {}

  @Handles(getHostUse)
  use(_: RequestContext, input: ById): Promise<HostUseView> {
    return this.hosts.use(input);
  }
}
