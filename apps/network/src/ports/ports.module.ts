import { Module } from '@nestjs/common';
import { HostNetworkModule } from '../host-network/host-network.module';
import { PortAccess } from './port-access.service';
import { PortBinding } from './port-binding.service';
import { PortsHandler } from './ports.handler';
import { PortsReconciler } from './ports.reconciler';
import { PortsService } from './ports.service';

@Module({
  imports: [HostNetworkModule],
  controllers: [PortsHandler],
  providers: [PortsService, PortAccess, PortBinding, PortsReconciler],
})
export class PortsModule {}
