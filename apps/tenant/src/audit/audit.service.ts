import { Injectable } from '@nestjs/common';
import { AuditEntry, recordRefusal } from '@nubo/audit';
import {
  listAudit,
  type AuditView,
  type ListInput,
  type NoteRefusal,
  type Nothing,
  type Page,
  type Principal,
  type RequestContext,
} from '@nubo/contracts';
import { RefusalBudget } from '@nubo/messaging';
import { filterOn, Intentions, principalOf } from '@nubo/persistence';
import type { SelectQueryBuilder } from 'typeorm';
import { toAuditView } from './audit.mapper';
import { cursorOf, numberIn } from './audit.rules';

const FILTER = filterOn(AuditEntry, listAudit, {});
const DEFAULT_LIMIT = 100;

@Injectable()
export class AuditService {
  /** Of its own: what gateways tell takes no room from what is refused here. */
  private readonly budget = new RefusalBudget();

  constructor(private readonly intentions: Intentions) {}

  /** Newest first. */
  list(
    ctx: RequestContext,
    { limit = DEFAULT_LIMIT, after, query = '' }: ListInput,
  ): Promise<Page<AuditView>> {
    return this.intentions.read(async (em) => {
      const list = visibleTo(principalOf(ctx), em.createQueryBuilder(AuditEntry, 'e'));
      for (const condition of FILTER.for(ctx)('e', query)) list.andWhere(...condition);
      if (after !== undefined) list.andWhere('e.id < :after', { after: numberIn(after) });
      const rows = await list
        .orderBy('e.id', 'DESC')
        .limit(limit + 1)
        .getMany();
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toAuditView),
        ...(rows.length > limit && last && { next: cursorOf(last.id) }),
      };
    });
  }

  /** Keeps what a gateway has refused, as far as the budget goes. */
  async note(ctx: RequestContext, { resourceId, ...refused }: NoteRefusal): Promise<Nothing> {
    if (this.budget.take(ctx, Date.now()))
      await this.intentions.apply(ctx, ({ em }) =>
        recordRefusal(em, ctx, { ...refused, resourceId: resourceId ?? null }),
      );
    return {};
  }
}

function visibleTo(
  { role, userId, tenantId }: Principal,
  list: SelectQueryBuilder<AuditEntry>,
): SelectQueryBuilder<AuditEntry> {
  switch (role) {
    case 'admin':
    case 'service':
      return list;
    case 'owner':
      return list.where('e.tenantId = :tenantId', { tenantId });
    case 'member':
      return list.where('e.userId = :userId AND e.tenantId = :tenantId', { userId, tenantId });
  }
}
