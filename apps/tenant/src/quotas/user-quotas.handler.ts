import { Controller } from '@nestjs/common';
import {
  ById,
  ListQuotaUses,
  listUserQuotas,
  listUserQuotaUses,
  QuotaView,
  setUserQuota,
  SetUserQuota,
  type Page,
  type QuotaUseView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { UserQuotasService } from './user-quotas.service';

@Controller()
export class UserQuotasHandler {
  constructor(private readonly quotas: UserQuotasService) {}

  @Handles(listUserQuotas) list(ctx: RequestContext, input: ById): Promise<Page<QuotaView>> {
    return this.quotas.list(ctx, input);
  }

  @Handles(listUserQuotaUses) uses(ctx: RequestContext, input: ListQuotaUses): Promise<Page<QuotaUseView>> {
    return this.quotas.uses(ctx, input);
  }

  @Handles(setUserQuota) set(ctx: RequestContext, input: SetUserQuota): Promise<QuotaView> {
    return this.quotas.set(ctx, input);
  }
}
