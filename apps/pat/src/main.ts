import { bootstrap } from '@nubo/service';
import { PatModule } from './pat.module';

void bootstrap(PatModule, 'pat');
