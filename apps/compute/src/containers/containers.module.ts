import { Module } from '@nestjs/common';
import { containerShares } from '@nubo/contracts';
import { sharesHandler } from '@nubo/shares';
import { Container } from '../../../../libs/entities/src/compute';
import { HostsModule } from '../hosts/hosts.module';
import { accessChanged } from '../instances/instance-access.reconciler';
import { InstancesModule } from '../instances/instances.module';
import { ContainerCreation } from './container-creation.service';
import { ContainersHandler } from './containers.handler';
import { ContainersService } from './containers.service';

const CONTAINERS = { noun: 'container', entity: Container };

@Module({
  imports: [HostsModule, InstancesModule],
  controllers: [
    ContainersHandler,
    sharesHandler({ ...CONTAINERS, operations: containerShares, changed: accessChanged(CONTAINERS) }),
  ],
  providers: [ContainerCreation, ContainersService],
})
export class ContainersModule {}
