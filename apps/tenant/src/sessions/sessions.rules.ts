import {
  forbidden,
  type NuboError,
  type SessionClaims,
  type TenantState,
  type UserRole,
} from '@nubo/contracts';

export const SESSION_SECONDS = 12 * 3600;

/** What a session is made from. */
export interface Account {
  id: string;
  tenantId: string | null;
  role: UserRole;
  epoch: number;
  mustChangePassword: boolean;
}

/** One account per address, however it is written: case does not matter, nor does how an accent is composed. */
export const emailKeyOf = (email: string): string => email.trim().normalize('NFC').toLowerCase();

/** Why somebody whose password is right may still not log in. */
export function refusalOf(tenant: { state: string } | null, userState: string): NuboError | undefined {
  if (userState === 'deleting') return forbidden('user_closing', 'This user is being deleted.');
  const state = tenant?.state as TenantState | undefined;
  switch (state) {
    case undefined:
    case 'active':
      return undefined;
    case 'pending':
      return forbidden('not_activated', 'This tenant is not activated yet: the mail says how.');
    case 'deleting':
      return forbidden('tenant_closing', 'This tenant is being deleted.');
  }
}

export function claimsOf({ id, tenantId, role, epoch, mustChangePassword }: Account): SessionClaims {
  return { sub: id, tid: tenantId, role, epoch, ...(mustChangePassword && { mcp: true }) };
}
