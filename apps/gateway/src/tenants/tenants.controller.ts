import {
  activateTenant,
  deleteTenant,
  getTenant,
  listQuotas,
  listQuotaUses,
  listTenants,
  mailActivation,
  QuotaUseView,
  QuotaView,
  registerTenant,
  setQuota,
  TenantView,
  updateTenant,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Acts, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('iaas/tenants', 'Tenants')
export class TenantsController {
  constructor(private readonly rest: Rest) {}

  @Acts('POST', registerTenant, 'Register: the tenant’s UUID comes by mail', { status: 202 })
  registerTenant(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.act(asked);
  }

  @Acts('POST', mailActivation, 'Ask for the activation mail again', {
    path: 'activation-mails',
    status: 202,
    description: 'The answer is the same whether the address is known or not.',
  })
  mailActivation(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.act(asked);
  }

  @Acts('POST', activateTenant, 'Activate with the UUID from the mail and the password', {
    path: ':tenantId/activation',
  })
  activateTenant(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.act(asked);
  }

  @Lists(listTenants, TenantView, 'List tenants: all for an administrator, else one’s own')
  listTenants(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Reads(getTenant, 'Show a tenant')
  getTenant(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateTenant, 'Change a tenant', { settledBy: getTenant })
  updateTenant(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteTenant, 'Delete a tenant with all that belongs to it', { settledBy: getTenant })
  deleteTenant(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }

  @Lists(listQuotas, QuotaView, 'List a tenant’s quotas and what is used of them', { path: ':id/quotas' })
  listQuotas(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Lists(listQuotaUses, QuotaUseView, 'List what a tenant’s quota goes to: all of it, or what you made', {
    path: ':id/quotas/:kind/uses',
  })
  listQuotaUses(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Updates(setQuota, 'Set a tenant’s quota', { path: ':tenantId/quotas/:kind' })
  setQuota(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }
}
