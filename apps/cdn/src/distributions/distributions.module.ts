import { Module } from '@nestjs/common';
import { DistributionEvents } from './distributions.events';
import { DistributionStore } from './distributions.store';

@Module({ providers: [DistributionEvents, DistributionStore] })
export class DistributionsModule {}
