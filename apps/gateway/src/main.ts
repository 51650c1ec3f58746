import { bootstrap } from '@nubo/service';
import { GatewayModule } from './gateway.module';
import { prepare } from './prepare';

void bootstrap(GatewayModule, 'gateway', prepare);
