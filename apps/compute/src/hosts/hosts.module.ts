import { Module } from '@nestjs/common';
import { ComputeConfig } from '../compute.config';
import { PlatformIdentity } from '../instances/platform.service';
import { HealthReconciler } from './health.reconciler';
import { HostDriver, SshHostDriver } from './hosts.driver';
import { HostsHandler } from './hosts.handler';
import { HostReconciler } from './hosts.reconciler';
import { HostsService } from './hosts.service';
import { PlacementService } from './placement.service';
import { GuestProbe, LibvirtProbe } from './probe.driver';

@Module({
  controllers: [HostsHandler],
  providers: [
    ComputeConfig,
    HealthReconciler,
    HostReconciler,
    HostsService,
    PlacementService,
    PlatformIdentity,
    { provide: GuestProbe, useClass: LibvirtProbe },
    { provide: HostDriver, useClass: SshHostDriver },
  ],
  exports: [PlacementService],
})
export class HostsModule {}
