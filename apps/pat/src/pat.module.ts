import { Module } from '@nestjs/common';
import { FLEET_SCHEMA, FleetModule } from '@nubo/fleet';
import { PersistenceModule } from '@nubo/persistence';
import { ReconcileModule } from '@nubo/reconcile';
import { ServiceModule } from '@nubo/service';
import { MappingsModule } from './mappings/mappings.module';
import { PAT_SCHEMA } from './pat.schema';
import { RouterNatModule } from './router-nat/router-nat.module';

@Module({
  imports: [
    ServiceModule,
    PersistenceModule.forService(PAT_SCHEMA, [FLEET_SCHEMA]),
    FleetModule,
    ReconcileModule,
    MappingsModule,
    RouterNatModule,
  ],
})
export class PatModule {}
