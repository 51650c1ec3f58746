import type { SchemaDefinition } from '@nubo/schema';
import { Attempt, Mail, Tenant, User } from '../../../libs/entities/src/tenant';
import { TENANT_MIGRATIONS } from './migrations';

export const TENANT_SCHEMA: SchemaDefinition = {
  schema: 'tenant',
  entities: [Tenant, User, Mail, Attempt],
  migrations: TENANT_MIGRATIONS,
};
