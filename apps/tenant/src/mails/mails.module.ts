import { Module } from '@nestjs/common';
import { CredentialsModule } from '../credentials/credentials.module';
import { MailRequests } from './mail-requests.service';
import { MailDriver, SmtpDriver } from './mails.driver';
import { MailsReconciler } from './mails.reconciler';

@Module({
  imports: [CredentialsModule],
  providers: [MailsReconciler, MailRequests, { provide: MailDriver, useClass: SmtpDriver }],
  exports: [MailRequests],
})
export class MailsModule {}
