import { Module } from '@nestjs/common';
import { NetworkConfig } from '../network.config';
import { HostEventsHandler } from './host-events.handler';
import { HostFactsStore } from './host-facts.store';
import { HostNetworkDriver } from './host-network.driver';
import { HostNetworkReconciler } from './host-network.reconciler';
import { HostOutcomeStore } from './host-outcome.store';
import { HostProgress } from './host-progress.service';
import { HostWatch } from './host-watch.service';
import { SshHostNetworkDriver } from './ssh-host-network.driver';

@Module({
  controllers: [HostEventsHandler],
  providers: [
    { provide: HostNetworkDriver, useClass: SshHostNetworkDriver },
    HostFactsStore,
    NetworkConfig,
    HostOutcomeStore,
    HostNetworkReconciler,
    HostWatch,
    HostProgress,
  ],
  exports: [HostProgress],
})
export class HostNetworkModule {}
