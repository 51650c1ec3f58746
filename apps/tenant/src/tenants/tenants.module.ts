import { Module } from '@nestjs/common';
import { CredentialsModule } from '../credentials/credentials.module';
import { MailsModule } from '../mails/mails.module';
import { SessionsModule } from '../sessions/sessions.module';
import { RegistrationsService } from './registrations.service';
import { TenantsHandler } from './tenants.handler';
import { TenantsReconciler } from './tenants.reconciler';
import { TenantsService } from './tenants.service';

@Module({
  imports: [CredentialsModule, MailsModule, SessionsModule],
  controllers: [TenantsHandler],
  providers: [TenantsService, RegistrationsService, TenantsReconciler],
})
export class TenantsModule {}
