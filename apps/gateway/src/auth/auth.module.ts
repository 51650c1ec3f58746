import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { BusConnection, Revocations } from '@nubo/messaging';
import { Readiness } from '@nubo/observability';
import { gatewayConfig } from '../gateway.config';
import { AUTHENTICATORS, Authenticators } from './authenticators';
import { SessionAuthenticator } from './session.authenticator';
import { SessionStrategy } from './session.strategy';

/** Who asks: the chain of authenticators and what they need. */
@Global()
@Module({
  providers: [
    gatewayConfig,
    SessionStrategy,
    SessionAuthenticator,
    Authenticators,
    {
      provide: Revocations,
      useFactory: (connection: BusConnection) => new Revocations(connection),
      inject: [BusConnection],
    },
    {
      provide: AUTHENTICATORS,
      useFactory: (sessions: SessionAuthenticator) => [sessions],
      inject: [SessionAuthenticator],
    },
  ],
  exports: [Authenticators, gatewayConfig],
})
export class AuthModule implements OnModuleInit {
  constructor(
    private readonly revocations: Revocations,
    private readonly readiness: Readiness,
  ) {}

  onModuleInit(): void {
    this.revocations.watch();
    this.readiness.register('revocations', () => void this.revocations.isRevoked('', 0));
  }
}
