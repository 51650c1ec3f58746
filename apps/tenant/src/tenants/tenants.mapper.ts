import type { TenantView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { Tenant } from '../../../../libs/entities/src/tenant';

export const toTenantView = (tenant: Tenant): TenantView => resourceFields<TenantView['state']>(tenant);
