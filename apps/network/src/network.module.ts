import { Module } from '@nestjs/common';
import { FLEET_SCHEMA, FleetModule } from '@nubo/fleet';
import { PersistenceModule } from '@nubo/persistence';
import { ReconcileModule } from '@nubo/reconcile';
import { ServiceModule } from '@nubo/service';
import { SharesModule } from '@nubo/shares';
import { DefaultsModule } from './defaults/defaults.module';
import { HostNetworkModule } from './host-network/host-network.module';
import { HostsModule } from './hosts/hosts.module';
import { NetworksModule } from './networks/networks.module';
import { NETWORK_SCHEMA } from './network.schema';
import { PortsModule } from './ports/ports.module';
import { RoutersModule } from './routers/routers.module';
import { SubnetsModule } from './subnets/subnets.module';
import { TenantsModule } from './tenants/tenants.module';
import { VpcsModule } from './vpcs/vpcs.module';

@Module({
  imports: [
    ServiceModule,
    PersistenceModule.forService(NETWORK_SCHEMA, [FLEET_SCHEMA]),
    FleetModule,
    ReconcileModule,
    SharesModule,
    HostNetworkModule,
    HostsModule,
    VpcsModule,
    SubnetsModule,
    PortsModule,
    DefaultsModule,
    NetworksModule,
    RoutersModule,
    TenantsModule,
  ],
})
export class NetworkModule {}
