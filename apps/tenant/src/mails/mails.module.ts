import { Module } from '@nestjs/common';
import { MailDriver, SmtpDriver } from './mails.driver';
import { MailsReconciler } from './mails.reconciler';

@Module({ providers: [MailsReconciler, { provide: MailDriver, useClass: SmtpDriver }] })
export class MailsModule {}
