import { Module } from '@nestjs/common';
import { vmShares } from '@nubo/contracts';
import { sharesHandler } from '@nubo/shares';
import { Vm } from '../../../../libs/entities/src/compute';
import { HostsModule } from '../hosts/hosts.module';
import { ImagesModule } from '../images/images.module';
import { accessChanged } from '../instances/instance-access.reconciler';
import { InstancesModule } from '../instances/instances.module';
import { UsageModule } from '../usage/usage.module';
import { HostInventory } from './host-inventory.reconciler';
import { LibvirtChannels } from './libvirt-channels.driver';
import { LibvirtHypervisor } from './libvirt.driver';
import { VmBuilder } from './vm-build.reconciler';
import { VmConsole } from './vm-console.service';
import { VmCreation } from './vm-creation.service';
import { VmEvents } from './vm-events.service';
import { VmPower } from './vm-power.service';
import { VmRemoval } from './vm-removal.reconciler';
import { Hypervisor } from './vms.driver';
import { VmsHandler } from './vms.handler';
import { VmsReconciler } from './vms.reconciler';
import { VmsService } from './vms.service';
import { VmStore } from './vms.store';

const VMS = { noun: 'VM', entity: Vm };

@Module({
  imports: [HostsModule, ImagesModule, InstancesModule, UsageModule],
  controllers: [VmsHandler, sharesHandler({ ...VMS, operations: vmShares, changed: accessChanged(VMS) })],
  providers: [
    VmsService,
    VmCreation,
    VmPower,
    VmConsole,
    VmsReconciler,
    VmBuilder,
    VmRemoval,
    VmStore,
    VmEvents,
    HostInventory,
    LibvirtChannels,
    { provide: Hypervisor, useClass: LibvirtHypervisor },
  ],
  exports: [LibvirtChannels],
})
export class VmsModule {}
