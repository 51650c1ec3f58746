import { Module } from '@nestjs/common';
import { FLEET_SCHEMA, FleetModule } from '@nubo/fleet';
import { PersistenceModule } from '@nubo/persistence';
import { ReconcileModule } from '@nubo/reconcile';
import { ServiceModule } from '@nubo/service';
import { CDN_SCHEMA } from './cdn.schema';
import { DistributionsModule } from './distributions/distributions.module';
import { ReleasesModule } from './releases/releases.module';

@Module({
  imports: [
    ServiceModule,
    PersistenceModule.forService(CDN_SCHEMA, [FLEET_SCHEMA]),
    FleetModule,
    ReconcileModule,
    DistributionsModule,
    ReleasesModule,
  ],
})
export class CdnModule {}
