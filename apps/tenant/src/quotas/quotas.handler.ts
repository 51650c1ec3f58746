import { Controller } from '@nestjs/common';
import {
  ById,
  listQuotas,
  listQuotaUses,
  ListQuotaUses,
  QuotaView,
  setQuota,
  SetQuota,
  type Page,
  type QuotaUseView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { QuotasService } from './quotas.service';

@Controller()
export class QuotasHandler {
  constructor(private readonly quotas: QuotasService) {}

  @Handles(listQuotas) list(ctx: RequestContext, input: ById): Promise<Page<QuotaView>> {
    return this.quotas.list(ctx, input);
  }

  @Handles(listQuotaUses) uses(ctx: RequestContext, input: ListQuotaUses): Promise<Page<QuotaUseView>> {
    return this.quotas.uses(ctx, input);
  }

  @Handles(setQuota) set(ctx: RequestContext, input: SetQuota): Promise<QuotaView> {
    return this.quotas.set(ctx, input);
  }
}
