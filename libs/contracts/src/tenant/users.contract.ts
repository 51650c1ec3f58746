import { Email, Flag, Id, OneOf, Text, TextList } from '../wire/fields';
import { event } from '../wire/event';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById, resourceView } from '../wire/resource';
import { Metadata, type MetadataMap } from '../wire/metadata';

export const USER_ROLES = ['admin', 'owner', 'member'] as const;
export type UserRole = (typeof USER_ROLES)[number];

export class UserView extends resourceView(['active', 'pending']) {
  @Text({ max: 254 }) email!: string;
  @OneOf(USER_ROLES) role!: UserRole;
  @Flag({ description: 'Nothing else is open to this user until the password is changed.' })
  mustChangePassword!: boolean;
}

export class UpdateUser extends ById {
  @Text({ optional: true, min: 1, max: 256, description: 'Needed to change one’s own password.' })
  currentPassword?: string;
  @Text({ optional: true, min: 10, max: 256 }) password?: string;
  @Metadata() metadata?: MetadataMap | null;
}

/** Names one user by id or by exact e-mail. */
export class ResolveUser {
  @Text({ min: 1, max: 254, description: 'A user’s id or exact e-mail.' }) user!: string;
}

export class ResolvedUser {
  @Id() userId!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @Email() email!: string;
}

export class NameUsers {
  @TextList(1_000, 36, { description: 'Ids of users.' }) userIds!: string[];
}

export interface UserEvent {
  userId: string;
  /** Null for an administrator. */
  tenantId: string | null;
}

export const listUsers = listOperation('tenant.users.list', UserView, {
  ...RESOURCE_FIELDS,
  email: 'text',
  role: 'text',
  mustChangePassword: 'flag',
});
export const getUser = operation('tenant.users.get', ById, UserView);
export const updateUser = operation('tenant.users.update', UpdateUser, UserView);
export const resolveUser = operation('tenant.users.resolve', ResolveUser, ResolvedUser, {
  permission: 'service',
});
/** Those of the users who are still there. */
export const nameUsers = operation('tenant.users.names', NameUsers, pageOf(ResolvedUser), {
  permission: 'service',
});

/** The user is being deleted: every service marks all that belongs to it for deletion. */
export const userClosing = event<UserEvent>('tenant.user.closing', 'compute', 'network', 'pat');
