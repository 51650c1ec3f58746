import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { BusConnection, Revocations } from '@nubo/messaging';
import { CredentialsModule } from '../credentials/credentials.module';
import { TenantConfig } from '../tenant.config';
import { SessionsHandler } from './sessions.handler';
import { SessionsReconciler } from './sessions.reconciler';
import { SessionsService } from './sessions.service';

@Module({
  imports: [
    CredentialsModule,
    JwtModule.registerAsync({
      inject: [TenantConfig],
      useFactory: ({ jwtKey }: TenantConfig) => ({ privateKey: jwtKey }),
    }),
  ],
  controllers: [SessionsHandler],
  providers: [
    SessionsService,
    SessionsReconciler,
    {
      provide: Revocations,
      inject: [BusConnection],
      useFactory: (connection: BusConnection) => new Revocations(connection),
    },
  ],
  exports: [Revocations],
})
export class SessionsModule {}
