import { Injectable } from '@nestjs/common';
import {
  notFound,
  setQuota,
  type ById,
  type Page,
  type QuotaView,
  type RequestContext,
  type SetQuota,
} from '@nubo/contracts';
import { Intentions } from '@nubo/persistence';
import { QuotaUsage } from '@nubo/quota';
import { visibleTenant } from '../tenants/tenants.service';
import { toQuotaView, toQuotaViews } from './quotas.mapper';

@Injectable()
export class QuotasService {
  constructor(private readonly intentions: Intentions) {}

  list(ctx: RequestContext, { id }: ById): Promise<Page<QuotaView>> {
    return this.intentions.read(async (em) => {
      const tenant = await visibleTenant(em, ctx, id);
      return { items: toQuotaViews(await em.findBy(QuotaUsage, { tenantId: tenant.id })) };
    });
  }

  /** A limit below what is used refuses new things and takes nothing away. */
  set(ctx: RequestContext, input: SetQuota): Promise<QuotaView> {
    const { tenantId, kind, limit } = input;
    return this.intentions.write(setQuota, ctx, input, async ({ em }) => {
      const { affected } = await em.update(QuotaUsage, { tenantId, kind }, { limit: String(limit) });
      if (affected !== 1) throw notFound('tenant', tenantId);
      return toQuotaView(await em.findOneByOrFail(QuotaUsage, { tenantId, kind }));
    });
  }
}
