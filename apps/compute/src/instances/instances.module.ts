import { Module } from '@nestjs/common';
import { InstanceAccess } from './instance-access.reconciler';
import { Ports } from './ports.driver';
import { Timeline } from './timeline.service';

/** What VMs and containers have alike. */
@Module({ providers: [InstanceAccess, Ports, Timeline], exports: [Ports, Timeline] })
export class InstancesModule {}
