/** `admin` is the platform's; `owner` and `member` belong to a tenant; a `service` acts for no person (reconcilers). */
export type Role = 'admin' | 'owner' | 'member' | 'service';

/** Who is asking. `tenantId` is null for administrators and services. */
export interface Principal {
  userId: string;
  tenantId: string | null;
  role: Role;
  /** A password that must be changed first opens only the change of the password. */
  mustChangePassword?: boolean;
}

/** Travels with every operation as its first argument. */
export interface RequestContext {
  requestId: string;
  principal: Principal | null;
  /** The address of the client as the gateway saw it. */
  address?: string;
  idempotencyKey?: string;
  /** The version that the caller believes to be current (If-Match). */
  ifMatch?: number;
  /** Check everything, change nothing. */
  dryRun?: boolean;
}

/** The context of work that a service does by itself. */
export function serviceContext(service: string, requestId: string): RequestContext {
  return { requestId, principal: { userId: service, tenantId: null, role: 'service' } };
}
