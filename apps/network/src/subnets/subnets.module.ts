import { Module } from '@nestjs/common';
import { HostNetworkModule } from '../host-network/host-network.module';
import { SubnetPlace } from './subnet-place.service';
import { SubnetsHandler } from './subnets.handler';
import { SubnetsReconciler } from './subnets.reconciler';
import { SubnetsService } from './subnets.service';

@Module({
  imports: [HostNetworkModule],
  controllers: [SubnetsHandler],
  providers: [SubnetsService, SubnetPlace, SubnetsReconciler],
})
export class SubnetsModule {}
