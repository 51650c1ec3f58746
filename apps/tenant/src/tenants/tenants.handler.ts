import { Controller } from '@nestjs/common';
import {
  activateTenant,
  ActivateTenant,
  ById,
  deleteTenant,
  getTenant,
  ListInput,
  listTenants,
  mailActivation,
  MailRequest,
  MailRequested,
  registerTenant,
  RegisterTenant,
  TenantRegistered,
  TenantView,
  updateTenant,
  UpdateTenant,
  type Page,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { RegistrationsService } from './registrations.service';
import { TenantsService } from './tenants.service';

@Controller()
export class TenantsHandler {
  constructor(
    private readonly registrations: RegistrationsService,
    private readonly tenants: TenantsService,
  ) {}

  @Handles(registerTenant) register(ctx: RequestContext, input: RegisterTenant): Promise<TenantRegistered> {
    return this.registrations.register(ctx, input);
  }

  @Handles(mailActivation) mailActivation(ctx: RequestContext, input: MailRequest): Promise<MailRequested> {
    return this.registrations.mailAgain(ctx, input);
  }

  @Handles(activateTenant) activate(ctx: RequestContext, input: ActivateTenant): Promise<TenantView> {
    return this.registrations.activate(ctx, input);
  }

  @Handles(listTenants) list(ctx: RequestContext, input: ListInput): Promise<Page<TenantView>> {
    return this.tenants.list(ctx, input);
  }

  @Handles(getTenant) get(ctx: RequestContext, input: ById): Promise<TenantView> {
    return this.tenants.get(ctx, input);
  }

  @Handles(updateTenant) update(ctx: RequestContext, input: UpdateTenant): Promise<TenantView> {
    return this.tenants.update(ctx, input);
  }

  @Handles(deleteTenant) delete(ctx: RequestContext, input: ById): Promise<TenantView> {
    return this.tenants.delete(ctx, input);
  }
}
