import { bootstrap } from '@nubo/service';
import { NetworkModule } from './network.module';

void bootstrap(NetworkModule, 'network');
