import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Bus } from './bus';
import { BusConnection } from './connection';
import { EventConsumers } from './consumers';

/** The bus for every service: calls, events, consumers. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [BusConnection, Bus, EventConsumers],
  exports: [BusConnection, Bus],
})
export class MessagingModule {}
