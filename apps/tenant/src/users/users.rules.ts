import {
  forbidden,
  invalidFields,
  notFound,
  unprocessable,
  type CreateUser,
  type NuboError,
  type Principal,
  type UserRole,
} from '@nubo/contracts';

/** A user's name: the part of the address before the @, as far as an RFC 1123 label can hold it. */
export function userNameOf(email: string): string {
  const label = email
    .split('@')[0]
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return label || 'user';
}

export const currentPasswordMissing = (): NuboError =>
  invalidFields([{ field: 'currentPassword', message: 'is needed to change one’s own password or e-mail' }]);

export const passwordUnchanged = (): NuboError =>
  invalidFields([{ field: 'password', message: 'must differ from the one before' }]);

const RANK: Record<UserRole, number> = { member: 0, owner: 1, admin: 2 };

/** In which tenant, and as what, a new user begins. */
export interface Place {
  tenantId: string | null;
  role: UserRole;
}

/**
 * An owner adds to its own tenant, an administrator to any, or another administrator, who has no tenant. Throws
 * `forbidden` for members and for a role above the caller's, `not_found` for another's tenant, `invalid` for what does
 * not fit together.
 */
export function placeOf(who: Principal, { tenantId, role = 'member' }: CreateUser): Place {
  switch (who.role) {
    case 'member':
      throw forbidden('owner_only', 'Only an owner or an administrator may add users.');
    case 'owner':
      if (role === 'admin') throw adminOnly();
      if (tenantId !== undefined && tenantId !== who.tenantId) throw notFound('tenant', tenantId);
      return { tenantId: who.tenantId, role };
    case 'admin':
    case 'service':
      return placeByAdmin(tenantId, role);
  }
}

function placeByAdmin(tenantId: string | undefined, role: UserRole): Place {
  if (role !== 'admin' && tenantId === undefined)
    throw invalidFields([{ field: 'tenantId', message: `is needed for somebody who is ${role}` }]);
  if (role === 'admin' && tenantId !== undefined)
    throw invalidFields([{ field: 'tenantId', message: 'is not for administrators: they have no tenant' }]);
  return { tenantId: tenantId ?? null, role };
}

/** Why `who` may not give `role` to `user`; undefined when nothing is against it. */
export function roleRefusal(
  who: Principal,
  user: { id: string; role: UserRole },
  role: UserRole,
): NuboError | undefined {
  if (role === user.role) return undefined;
  const raised = RANK[role] > RANK[user.role];
  if (who.userId === user.id && raised) return forbidden('own_role', 'Nobody can raise the own role.');
  if (who.role === 'member') return forbidden('owner_only', 'Only an owner may change roles.');
  if (role === 'admin' && who.role === 'owner') return adminOnly();
  if (role === 'admin' || user.role === 'admin')
    return unprocessable(
      'role_of_another_kind',
      'Administrators have no tenant, others have one: add a new user instead.',
    );
  return undefined;
}

const adminOnly = (): NuboError => forbidden('admin_only', 'Only an administrator may make administrators.');
