import { Module } from '@nestjs/common';
import { containerShares } from '@nubo/contracts';
import { sharesHandler } from '@nubo/shares';
import { Container } from '../../../../libs/entities/src/compute';
import { HostsModule } from '../hosts/hosts.module';
import { ImagesModule } from '../images/images.module';
import { accessChanged } from '../instances/instance-access.reconciler';
import { InstancesModule } from '../instances/instances.module';
import { ContainerBuilder } from './container-build.reconciler';
import { ContainerCreation } from './container-creation.service';
import { ContainerEvents } from './container-events.service';
import { ContainerInventory } from './container-inventory.reconciler';
import { ContainerLogs } from './container-logs.service';
import { ContainerRemoval } from './container-removal.reconciler';
import { ContainerRuntime } from './containers.driver';
import { ContainersHandler } from './containers.handler';
import { ContainersReconciler } from './containers.reconciler';
import { ContainersService } from './containers.service';
import { ContainerStore } from './containers.store';
import { PodmanRuntime } from './podman.driver';

const CONTAINERS = { noun: 'container', entity: Container };

@Module({
  imports: [HostsModule, ImagesModule, InstancesModule],
  controllers: [
    ContainersHandler,
    sharesHandler({ ...CONTAINERS, operations: containerShares, changed: accessChanged(CONTAINERS) }),
  ],
  providers: [
    ContainersService,
    ContainerCreation,
    ContainerLogs,
    ContainersReconciler,
    ContainerBuilder,
    ContainerRemoval,
    ContainerInventory,
    ContainerStore,
    ContainerEvents,
    { provide: ContainerRuntime, useClass: PodmanRuntime },
  ],
})
export class ContainersModule {}
