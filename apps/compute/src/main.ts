import { bootstrap } from '@nubo/service';
import { ComputeModule } from './compute.module';

void bootstrap(ComputeModule, 'compute');
