import type { SchemaDefinition } from '@nubo/schema';
import { Attempt, Mail, PasswordReset, Tenant, User } from '../../../libs/entities/src/tenant';
import { TENANT_MIGRATIONS } from './migrations';

export const TENANT_SCHEMA: SchemaDefinition = {
  schema: 'tenant',
  entities: [Tenant, User, Mail, Attempt, PasswordReset],
  migrations: TENANT_MIGRATIONS,
};
