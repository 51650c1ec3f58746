import { Module } from '@nestjs/common';
import { UsageHandler } from './usage.handler';
import { UsageService } from './usage.service';
import { UsageStore } from './usage.store';

@Module({ controllers: [UsageHandler], providers: [UsageService, UsageStore], exports: [UsageStore] })
export class UsageModule {}
