import { bootstrap } from '@nubo/service';
import { TenantModule } from './tenant.module';

void bootstrap(TenantModule, 'tenant');
