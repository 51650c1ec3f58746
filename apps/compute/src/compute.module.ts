import { Module } from '@nestjs/common';
import { FLEET_SCHEMA, FleetModule } from '@nubo/fleet';
import { PersistenceModule } from '@nubo/persistence';
import { ReconcileModule } from '@nubo/reconcile';
import { ServiceModule } from '@nubo/service';
import { SharesModule } from '@nubo/shares';
import { VaultModule } from '@nubo/vault';
import { COMPUTE_SCHEMA } from './compute.schema';
import { CONTAINER_VARIABLES } from './containers/containers.store';
import { ContainersModule } from './containers/containers.module';
import { HostsModule } from './hosts/hosts.module';
import { ImagesModule } from './images/images.module';
import { LocationsModule } from './locations/locations.module';
import { MachineTypesModule } from './machine-types/machine-types.module';
import { UsageModule } from './usage/usage.module';
import { SnapshotsModule } from './snapshots/snapshots.module';
import { VmsModule } from './vms/vms.module';

@Module({
  imports: [
    ServiceModule,
    PersistenceModule.forService(COMPUTE_SCHEMA, [FLEET_SCHEMA]),
    ReconcileModule,
    FleetModule,
    SharesModule,
    VaultModule.of(CONTAINER_VARIABLES),
    HostsModule,
    ImagesModule,
    MachineTypesModule,
    UsageModule,
    VmsModule,
    SnapshotsModule,
    ContainersModule,
    LocationsModule,
  ],
})
export class ComputeModule {}
