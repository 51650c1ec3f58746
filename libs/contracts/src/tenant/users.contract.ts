import { Email, Flag, Id, Name, OneOf, Text, TextList } from '../wire/fields';
import { event } from '../wire/event';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById, resourceView } from '../wire/resource';
import { Metadata, type MetadataMap } from '../wire/metadata';

export const USER_ROLES = ['admin', 'owner', 'member'] as const;
export type UserRole = (typeof USER_ROLES)[number];

/** `pending`: the tenant is not activated yet. */
export const USER_STATES = ['active', 'pending', 'deleting'] as const;
export type UserState = (typeof USER_STATES)[number];

/** argon2 reads all of it; 256 keeps a login cheap. */
export const PASSWORD = { min: 10, max: 256, description: 'At least 10 characters.' };

export class UserView extends resourceView(USER_STATES) {
  @Text({ max: 254 }) email!: string;
  @OneOf(USER_ROLES) role!: UserRole;
  @Flag({ description: 'Nothing else is open to this user until the password is changed.' })
  mustChangePassword!: boolean;
}

export class CreateUser {
  @Email({ example: 'grace@blue.example' }) email!: string;
  @Text(PASSWORD) password!: string;
  @Name({ optional: true, description: 'Default: from the e-mail.' }) name?: string;
  @OneOf(USER_ROLES, { optional: true, description: 'Default: member.' }) role?: UserRole;
  @Id({ optional: true, description: 'Only for administrators: in which tenant.' }) tenantId?: string;
  @Metadata() metadata?: MetadataMap;
}

export class UpdateUser extends ById {
  @Text({
    optional: true,
    min: 1,
    max: 256,
    description: 'Needed to change one’s own password or e-mail.',
  })
  currentPassword?: string;
  @Text({ ...PASSWORD, optional: true }) password?: string;
  @Name({ optional: true }) name?: string;
  @Email({ optional: true }) email?: string;
  @OneOf(USER_ROLES, { optional: true, description: 'Nobody can raise the own role.' }) role?: UserRole;
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

/** Who somebody is now, for what a service does in the name of people who are not asking. */
export class PrincipalView {
  @Id() userId!: string;
  @Id({ nullable: true }) tenantId!: string | null;
  @OneOf(USER_ROLES) role!: UserRole;
}

/** Names one of a tenant's own users. */
export class FindUser {
  @Id() tenantId!: string;
  @Text({ min: 1, max: 254, description: 'Exact e-mail or name.' }) user!: string;
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
export const createUser = operation('tenant.users.create', CreateUser, UserView);
export const getUser = operation('tenant.users.get', ById, UserView);
export const updateUser = operation('tenant.users.update', UpdateUser, UserView);
/** Takes all that the user made. */
export const deleteUser = operation('tenant.users.delete', ById, UserView);
export const resolveUser = operation('tenant.users.resolve', ResolveUser, ResolvedUser, {
  permission: 'service',
});
/** Who of the tenant is called so: none, one, or two when a name is not enough. Nobody else is told of. */
export const findUser = operation('tenant.users.find', FindUser, pageOf(ResolvedUser), {
  permission: 'service',
});
/** Those of the users who are still there. */
export const nameUsers = operation('tenant.users.names', NameUsers, pageOf(ResolvedUser), {
  permission: 'service',
});

/** `not_found`: nobody, or somebody who cannot log in. */
export const getPrincipal = operation('tenant.users.principal.get', ById, PrincipalView, {
  permission: 'service',
});

/** The user is being deleted: every service marks all that belongs to it for deletion. */
export const userClosing = event<UserEvent>(
  'tenant.user.closing',
  'compute',
  'network',
  'pat',
  'cdn',
  'hosting',
);
