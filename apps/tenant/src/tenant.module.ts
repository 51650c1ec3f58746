import { Module } from '@nestjs/common';
import { PersistenceModule } from '@nubo/persistence';
import { ReconcileModule } from '@nubo/reconcile';
import { ServiceModule } from '@nubo/service';
import { AuditModule } from './audit/audit.module';
import { PasswordResetsModule } from './password-resets/password-resets.module';
import { QuotasModule } from './quotas/quotas.module';
import { SessionsModule } from './sessions/sessions.module';
import { TenantConfigModule } from './tenant.config';
import { TENANT_SCHEMA } from './tenant.schema';
import { TenantsModule } from './tenants/tenants.module';
import { UpkeepModule } from './upkeep/upkeep.module';
import { UsersModule } from './users/users.module';

@Module({
  imports: [
    ServiceModule,
    PersistenceModule.forService(TENANT_SCHEMA),
    ReconcileModule,
    TenantConfigModule,
    TenantsModule,
    UsersModule,
    SessionsModule,
    PasswordResetsModule,
    QuotasModule,
    AuditModule,
    UpkeepModule,
  ],
})
export class TenantModule {}
