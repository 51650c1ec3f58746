import { Controller } from '@nestjs/common';
import { tenantClosing, type TenantEvent } from '@nubo/contracts';
import { OnEvent } from '@nubo/messaging';
import { TenantsService } from './tenants.service';

@Controller()
export class TenantsHandler {
  constructor(private readonly tenants: TenantsService) {}

  @OnEvent(tenantClosing)
  closing({ tenantId }: TenantEvent): Promise<void> {
    return this.tenants.close(tenantId);
  }
}
