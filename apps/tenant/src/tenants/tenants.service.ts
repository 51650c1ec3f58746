import { Injectable } from '@nestjs/common';
import {
  conflict,
  deleteTenant,
  updateTenant,
  listTenants,
  type ById,
  type ListInput,
  type Page,
  type RequestContext,
  type TenantView,
  type UpdateTenant,
} from '@nubo/contracts';
import {
  assertVersion,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  principalOf,
  requireAccess,
  writtenByUser,
} from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../../../../libs/entities/src/tenant';
import { toTenantView } from './tenants.mapper';
import { closeTenant } from './tenants.reconciler';
import { mayBecome } from './tenants.rules';

const FILTER = filterOn(Tenant, listTenants, {});

@Injectable()
export class TenantsService {
  constructor(private readonly intentions: Intentions) {}

  list(ctx: RequestContext, input: ListInput): Promise<Page<TenantView>> {
    return this.intentions.read((em) => {
      const query = limitToVisible(em.createQueryBuilder(Tenant, 't'), ctx, 't.id = :tenantId');
      return pageOfQuery(query, input, toTenantView, FILTER.for(ctx));
    });
  }

  get(ctx: RequestContext, { id }: ById): Promise<TenantView> {
    return this.intentions.read(async (em) => toTenantView(await visibleTenant(em, ctx, id)));
  }

  update(ctx: RequestContext, input: UpdateTenant): Promise<TenantView> {
    return this.intentions.write(updateTenant, ctx, input, async ({ em }) => {
      const tenant = await changeableTenant(em, ctx, input.id);
      assertVersion(ctx, tenant);
      if (tenant.state === 'deleting') throw conflict('tenant_closing', 'This tenant is being deleted.');
      writtenByUser(tenant, input);
      return toTenantView(await em.save(tenant));
    });
  }

  /** From the commit on nobody of the tenant gets in and nothing can be made in it. */
  delete(ctx: RequestContext, input: ById): Promise<TenantView> {
    return this.intentions.write(deleteTenant, ctx, input, async (intention) => {
      const tenant = await changeableTenant(intention.em, ctx, input.id);
      assertVersion(ctx, tenant);
      if (mayBecome(tenant.state, 'deleting')) await closeTenant(intention, tenant);
      return toTenantView(tenant);
    });
  }
}

/** Whoever belongs to a tenant sees it. */
export function visibleTenant(em: EntityManager, ctx: RequestContext, id: string): Promise<Tenant> {
  const isOpen = (tenant: Tenant): boolean => tenant.id === principalOf(ctx).tenantId;
  return requireAccess(em, ctx, [Tenant, id], { noun: 'tenant', level: 'use', isOpen });
}

function changeableTenant(em: EntityManager, ctx: RequestContext, id: string): Promise<Tenant> {
  const isOpen = (tenant: Tenant): boolean => tenant.id === principalOf(ctx).tenantId;
  return requireAccess(em, ctx, [Tenant, id], { noun: 'tenant', level: 'manage', isOpen, lock: true });
}
