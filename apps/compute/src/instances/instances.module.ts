import { Module } from '@nestjs/common';
import { UsageModule } from '../usage/usage.module';
import { InstanceAccess } from './instance-access.reconciler';
import { Meter } from './meter.reconciler';
import { NicBuilder } from './nic-build.reconciler';
import { PlatformIdentity } from './platform.service';
import { Ports } from './ports.driver';
import { Timeline } from './timeline.service';

const SHARED = [Meter, NicBuilder, PlatformIdentity, Ports, Timeline];

/** What VMs and containers have alike. */
@Module({ imports: [UsageModule], providers: [InstanceAccess, ...SHARED], exports: SHARED })
export class InstancesModule {}
