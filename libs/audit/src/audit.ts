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
  await em.insert(AuditEntry, { ...callerOf(ctx), action, resourceId, result: 'done', code: null });
}

/** What was refused, and why. */
export interface Refused {
  action: string;
  resourceId: string | null;
  /** Of the error. */
  code: string;
  /** Whose owner is to see it, where the caller is nobody. */
  tenantId?: string | null;
}

/** Records that the caller was refused; the transaction that refused it is gone. */
export async function recordRefusal(
  em: EntityManager,
  ctx: RequestContext,
  { action, resourceId, code, tenantId }: Refused,
): Promise<void> {
  const caller = callerOf(ctx);
  const ofTenant = caller.tenantId ?? tenantId ?? null;
  await em.insert(AuditEntry, { ...caller, tenantId: ofTenant, action, resourceId, result: 'refused', code });
}

const BATCH = 10_000;

/** Forgets the oldest entries that are older than `days`, not all at once. */
export async function forgetAudit(em: EntityManager, days: number): Promise<void> {
  await em.query(
    `DELETE FROM audit.entries WHERE id IN (SELECT id FROM audit.entries
     WHERE at < now() - $1::int * interval '1 day' ORDER BY at LIMIT ${BATCH})`,
    [days],
  );
}

const callerOf = ({ requestId, principal, address }: RequestContext) => ({
  requestId,
  userId: principal?.userId ?? null,
  tenantId: principal?.tenantId ?? null,
  role: principal?.role ?? null,
  address: address ?? null,
});
