import type { ResolvedUser, UserView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { User } from '../../../../libs/entities/src/tenant';

export function toUserView(user: User): UserView {
  return {
    ...resourceFields<UserView['state']>(user),
    email: user.email,
    role: user.role,
    mustChangePassword: user.mustChangePassword,
  };
}

export function toResolvedUser({ id, tenantId, email }: User): ResolvedUser {
  return { userId: id, tenantId, email };
}
