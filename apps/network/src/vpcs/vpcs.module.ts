import { Module } from '@nestjs/common';
import { HostNetworkModule } from '../host-network/host-network.module';
import { VpcsHandler } from './vpcs.handler';
import { VpcsReconciler } from './vpcs.reconciler';
import { VpcsService } from './vpcs.service';

@Module({
  imports: [HostNetworkModule],
  controllers: [VpcsHandler],
  providers: [VpcsService, VpcsReconciler],
})
export class VpcsModule {}
