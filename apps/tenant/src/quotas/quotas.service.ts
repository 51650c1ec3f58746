import { Injectable } from '@nestjs/common';
import {
  notFound,
  setQuota,
  type ById,
  type ListQuotaUses,
  type Page,
  type QuotaUseView,
  type QuotaView,
  type RequestContext,
  type SetQuota,
} from '@nubo/contracts';
import { Intentions, principalOf } from '@nubo/persistence';
import { QuotaUsage } from '@nubo/quota';
import { visibleTenant } from '../tenants/tenants.service';
import { quotaUses } from './quota-uses';
import { toQuotaView, toQuotaViews } from './quotas.mapper';

/** The quotas of tenants: everybody in a tenant sees its numbers, only administrators change its limits. */
@Injectable()
export class QuotasService {
  constructor(private readonly intentions: Intentions) {}

  list(ctx: RequestContext, { id }: ById): Promise<Page<QuotaView>> {
    return this.intentions.read(async (em) => {
      const tenant = await visibleTenant(em, ctx, id);
      return { items: toQuotaViews(await em.findBy(QuotaUsage, { tenantId: tenant.id })) };
    });
  }

  /** A member sees what goes to its own resources; it does not know of others'. */
  uses(ctx: RequestContext, input: ListQuotaUses): Promise<Page<QuotaUseView>> {
    const { role, userId } = principalOf(ctx);
    return this.intentions.read(async (em) => {
      const { id: tenantId } = await visibleTenant(em, ctx, input.id);
      return quotaUses(em, { tenantId, ...(role === 'member' && { userId }) }, input);
    });
  }

  /** A limit below what is used refuses new things and takes nothing away. */
  set(ctx: RequestContext, input: SetQuota): Promise<QuotaView> {
    const { tenantId, kind, limit } = input;
    return this.intentions.write(setQuota, ctx, input, async ({ em }) => {
      const row = await em.findOneBy(QuotaUsage, { tenantId, kind });
      if (!row) throw notFound('tenant', tenantId);
      if (limit === undefined) return toQuotaView(row);
      await em.update(QuotaUsage, { tenantId, kind }, { limit: limit === null ? null : String(limit) });
      return toQuotaView(await em.findOneByOrFail(QuotaUsage, { tenantId, kind }));
    });
  }
}
