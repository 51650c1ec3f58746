import { randomUUID } from 'node:crypto';
import type { Principal, RequestContext, Role } from '@nubo/contracts';

/** Somebody who asks: by default a member of a tenant of its own; `overrides` change the principal. */
export function someone(role: Role = 'owner', overrides: Partial<Principal> = {}): Principal {
  const tenantId = role === 'admin' || role === 'service' ? null : randomUUID();
  return { userId: randomUUID(), tenantId, role, ...overrides };
}

/** A request of `principal`; `overrides` add If-Match, an Idempotency-Key and the like. */
export function contextOf(
  principal: Principal | null,
  overrides: Partial<RequestContext> = {},
): RequestContext {
  return { requestId: randomUUID(), principal, ...overrides };
}
