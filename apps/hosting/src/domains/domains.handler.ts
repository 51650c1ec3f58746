import { Controller } from '@nestjs/common';
import {
  AddDomain,
  addDomain,
  ById,
  listDomains,
  RemoveDomain,
  removeDomain,
  type DomainView,
  type Page,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { DomainsService } from './domains.service';

@Controller()
export class DomainsHandler {
  constructor(private readonly domains: DomainsService) {}

  @Handles(addDomain) add(ctx: RequestContext, input: AddDomain): Promise<DomainView> {
    return this.domains.add(ctx, input);
  }

  @Handles(listDomains) list(ctx: RequestContext, input: ById): Promise<Page<DomainView>> {
    return this.domains.list(ctx, input);
  }

  @Handles(removeDomain) remove(ctx: RequestContext, input: RemoveDomain): Promise<DomainView> {
    return this.domains.remove(ctx, input);
  }
}
