import { Module } from '@nestjs/common';
import { subnetShares } from '@nubo/contracts';
import { sharesHandler } from '@nubo/shares';
import { Subnet } from '../../../../libs/entities/src/network';
import { HostNetworkModule } from '../host-network/host-network.module';
import { SubnetPlace } from './subnet-place.service';
import { SubnetsHandler } from './subnets.handler';
import { SubnetsReconciler } from './subnets.reconciler';
import { SubnetsService } from './subnets.service';
import { IN_VPC } from './subnets.store';

@Module({
  imports: [HostNetworkModule],
  controllers: [
    SubnetsHandler,
    sharesHandler({ noun: 'subnet', entity: Subnet, operations: subnetShares, access: { within: IN_VPC } }),
  ],
  providers: [SubnetsService, SubnetPlace, SubnetsReconciler],
})
export class SubnetsModule {}
