import { Injectable } from '@nestjs/common';
import {
  setUserQuota,
  type ById,
  type ListQuotaUses,
  type Page,
  type QuotaUseView,
  type QuotaView,
  type RequestContext,
  type SetUserQuota,
} from '@nubo/contracts';
import { Intentions, principalOf, requireAccess, type GrantLevel } from '@nubo/persistence';
import { UserQuotaUsage } from '@nubo/quota';
import type { EntityManager } from 'typeorm';
import { User } from '../../../../libs/entities/src/tenant';
import { quotaUses } from './quota-uses';
import { toUserQuotaViews } from './quotas.mapper';

/** The quotas of users: a user sees its own, the owner of its tenant and administrators see and limit them. */
@Injectable()
export class UserQuotasService {
  constructor(private readonly intentions: Intentions) {}

  list(ctx: RequestContext, { id }: ById): Promise<Page<QuotaView>> {
    return this.intentions.read(async (em) => {
      const { id: userId } = await userFor(em, ctx, [id, 'use']);
      return { items: toUserQuotaViews(await em.findBy(UserQuotaUsage, { userId })) };
    });
  }

  uses(ctx: RequestContext, input: ListQuotaUses): Promise<Page<QuotaUseView>> {
    return this.intentions.read(async (em) => {
      const { id: userId } = await userFor(em, ctx, [input.id, 'use']);
      return quotaUses(em, { userId }, input);
    });
  }

  /** A limit below what is used refuses new things and takes nothing away. The tenant's limit holds beside it. */
  set(ctx: RequestContext, input: SetUserQuota): Promise<QuotaView> {
    const { userId, kind, limit } = input;
    return this.intentions.write(setUserQuota, ctx, input, async ({ em }) => {
      const { tenantId } = await userFor(em, ctx, [userId, 'manage']);
      const row = { userId, tenantId, kind, limit: limit === null ? null : String(limit) };
      if (limit !== undefined) await em.upsert(UserQuotaUsage, row, ['userId', 'kind']);
      const rows = await em.findBy(UserQuotaUsage, { userId, kind });
      return toUserQuotaViews(rows).find((view) => view.kind === kind) as QuotaView;
    });
  }
}

/** The user `id`; locked while its limits are changed, so that it cannot go meanwhile. */
function userFor(em: EntityManager, ctx: RequestContext, [id, level]: [string, GrantLevel]): Promise<User> {
  const isOpen = (user: User): boolean => user.id === principalOf(ctx).userId;
  return requireAccess(em, ctx, [User, id], { noun: 'user', level, isOpen, lock: level === 'manage' });
}
