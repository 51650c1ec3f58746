import { Controller } from '@nestjs/common';
import {
  BindPort,
  bindPort,
  ById,
  CheckNic,
  checkNic,
  CreatePort,
  createPort,
  deletePort,
  FindPorts,
  findPorts,
  getPort,
  SharePorts,
  sharePorts,
  type Nothing,
  type Page,
  type PortsShared,
  type PortView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { PortAccess } from './port-access.service';
import { PortBinding } from './port-binding.service';
import { PortsService } from './ports.service';

@Controller()
export class PortsHandler {
  constructor(
    private readonly ports: PortsService,
    private readonly binding: PortBinding,
    private readonly access: PortAccess,
  ) {}

  @Handles(checkNic)
  check(ctx: RequestContext, input: CheckNic): Promise<Nothing> {
    return this.ports.check(ctx, input);
  }

  @Handles(createPort)
  create(ctx: RequestContext, input: CreatePort): Promise<PortView> {
    return this.ports.create(ctx, input);
  }

  @Handles(bindPort)
  bind(ctx: RequestContext, input: BindPort): Promise<PortView> {
    return this.binding.bind(ctx, input);
  }

  @Handles(getPort)
  get(ctx: RequestContext, input: ById): Promise<PortView> {
    return this.ports.get(ctx, input);
  }

  @Handles(deletePort)
  delete(ctx: RequestContext, input: ById): Promise<Nothing> {
    return this.binding.delete(ctx, input);
  }

  @Handles(findPorts)
  find(ctx: RequestContext, input: FindPorts): Promise<Page<PortView>> {
    return this.ports.find(ctx, input);
  }

  @Handles(sharePorts)
  share(ctx: RequestContext, input: SharePorts): Promise<PortsShared> {
    return this.access.share(ctx, input);
  }
}
