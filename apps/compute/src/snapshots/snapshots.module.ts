import { Module } from '@nestjs/common';
import { ComputeConfig } from '../compute.config';
import { ImagesModule } from '../images/images.module';
import { VmsModule } from '../vms/vms.module';
import { DiskDelivery } from './disk-delivery.driver';
import { SnapshotDriver, SshSnapshotDriver } from './snapshots.driver';
import { SnapshotsHandler } from './snapshots.handler';
import { SnapshotReconciler } from './snapshots.reconciler';
import { SnapshotsService } from './snapshots.service';
import { SnapshotStore } from './snapshots.store';

@Module({
  imports: [ImagesModule, VmsModule],
  controllers: [SnapshotsHandler],
  providers: [
    ComputeConfig,
    DiskDelivery,
    SnapshotReconciler,
    SnapshotsService,
    SnapshotStore,
    { provide: SnapshotDriver, useClass: SshSnapshotDriver },
  ],
})
export class SnapshotsModule {}
