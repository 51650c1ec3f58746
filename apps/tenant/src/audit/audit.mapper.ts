import type { AuditEntry } from '@nubo/audit';
import type { AuditView } from '@nubo/contracts';

export function toAuditView(entry: AuditEntry): AuditView {
  const { id, at, requestId, userId, tenantId, role, address, action, resourceId, result, code } = entry;
  return {
    id,
    at: at.toISOString(),
    requestId,
    userId,
    tenantId,
    role,
    address,
    action,
    resourceId,
    result,
    code,
  };
}
