import { bootstrap } from '@nubo/service';
import { CdnModule } from './cdn.module';

void bootstrap(CdnModule, 'cdn');
