import { bootstrap } from '@nubo/service';
import { HostingModule } from './hosting.module';

void bootstrap(HostingModule, 'hosting');
