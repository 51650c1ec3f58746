import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { BusConnection, MessagingModule } from '@nubo/messaging';
import { LOG_OPTIONS, Readiness } from '@nubo/observability';
import { LoggerModule } from 'nestjs-pino';
import { HealthController } from './health.controller';
import { InternalUrl } from './internal-url';

/** What every service has: bus, log, health, metrics. */
@Global()
@Module({
  imports: [
    MessagingModule,
    TerminusModule.forRoot({ logger: false }),
    // Nest's own lines. Nobody logs by request, and a logger for each costs a tenth of what the gateway does.
    LoggerModule.forRoot({ pinoHttp: { ...LOG_OPTIONS, autoLogging: false }, forRoutes: [] }),
  ],
  controllers: [HealthController],
  providers: [Readiness, InternalUrl],
  exports: [Readiness, InternalUrl],
})
export class ServiceModule implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly bus: BusConnection,
  ) {}

  onModuleInit(): void {
    this.readiness.register('bus', () => void this.bus.get());
  }
}
