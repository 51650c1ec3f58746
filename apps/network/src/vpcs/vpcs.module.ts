import { Module } from '@nestjs/common';
import { vpcShares } from '@nubo/contracts';
import { sharesHandler } from '@nubo/shares';
import { Vpc } from '../../../../libs/entities/src/network';
import { HostNetworkModule } from '../host-network/host-network.module';
import { VpcsHandler } from './vpcs.handler';
import { VpcsReconciler } from './vpcs.reconciler';
import { VpcsService } from './vpcs.service';

@Module({
  imports: [HostNetworkModule],
  controllers: [VpcsHandler, sharesHandler({ noun: 'VPC', entity: Vpc, operations: vpcShares })],
  providers: [VpcsService, VpcsReconciler],
})
export class VpcsModule {}
