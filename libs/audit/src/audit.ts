import type { RequestContext } from '@nubo/contracts';
import type { EntityManager } from 'typeorm';
import { AuditEntry } from './audit-entry.entity';

/** Records that the caller did `action` (an operation's subject) to `resourceId`, in the transaction that did it. */
export async function recordAudit(
  em: EntityManager,
  ctx: RequestContext,
  action: string,
  resourceId: string | null,
): Promise<void> {
  await em.insert(AuditEntry, {
    requestId: ctx.requestId,
    userId: ctx.principal?.userId ?? null,
    tenantId: ctx.principal?.tenantId ?? null,
    role: ctx.principal?.role ?? null,
    address: ctx.address ?? null,
    action,
    resourceId,
  });
}
