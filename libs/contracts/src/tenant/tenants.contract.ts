import { Email, Id, Name, OneOf, Text } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { event } from '../wire/event';
import { operation } from '../wire/operation';
import { ById, resourceView } from '../wire/resource';
import { MailRequest, MailRequested } from './password-resets.contract';
import { PASSWORD } from './users.contract';

export class RegisterTenant {
  @Name({ example: 'blue-lab' }) name!: string;
  @Email({ example: 'ada@blue.example' }) email!: string;
  @Text(PASSWORD) password!: string;
}

/** Holds no id on purpose: the tenant's UUID travels by mail only. */
export class TenantRegistered {
  @Email() email!: string;
  @OneOf(['pending']) state!: 'pending';
  @Text() message!: string;
}

export class ActivateTenant {
  @Id({ description: 'The UUID from the mail.' }) tenantId!: string;
  @Text({ min: 1, max: 256 }) password!: string;
}

export const TENANT_STATES = ['pending', 'active', 'deleting'] as const;
export type TenantState = (typeof TENANT_STATES)[number];

export class TenantView extends resourceView(TENANT_STATES) {}

export class UpdateTenant extends ById {
  @Name({ optional: true }) name?: string;
  @Metadata() metadata?: MetadataMap | null;
}

export interface TenantEvent {
  tenantId: string;
}

export const registerTenant = operation('tenant.tenants.register', RegisterTenant, TenantRegistered, {
  permission: 'anyone',
});
/** For whoever lost the activation mail. */
export const mailActivation = operation('tenant.tenants.mailActivation', MailRequest, MailRequested, {
  permission: 'anyone',
});
export const activateTenant = operation('tenant.tenants.activate', ActivateTenant, TenantView, {
  permission: 'anyone',
});
export const listTenants = listOperation('tenant.tenants.list', TenantView, RESOURCE_FIELDS);
export const getTenant = operation('tenant.tenants.get', ById, TenantView);
export const updateTenant = operation('tenant.tenants.update', UpdateTenant, TenantView);
export const deleteTenant = operation('tenant.tenants.delete', ById, TenantView);

/** The tenant is being deleted: every service marks all that belongs to it for deletion. */
export const tenantClosing = event<TenantEvent>(
  'tenant.tenant.closing',
  'compute',
  'network',
  'pat',
  'cdn',
  'hosting',
);
