import { Controller } from '@nestjs/common';
import { tenantClosing, userClosing, type TenantEvent, type UserEvent } from '@nubo/contracts';
import { OnEvent } from '@nubo/messaging';
import { TenantsService } from './tenants.service';

@Controller()
export class TenantsHandler {
  constructor(private readonly tenants: TenantsService) {}

  @OnEvent(tenantClosing)
  closing({ tenantId }: TenantEvent): Promise<void> {
    return this.tenants.close(tenantId);
  }

  @OnEvent(userClosing)
  userClosing({ userId }: UserEvent): Promise<void> {
    return this.tenants.closeUser(userId);
  }
}
