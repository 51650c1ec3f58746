import { Module } from '@nestjs/common';
import { CredentialsModule } from '../credentials/credentials.module';
import { MailsModule } from '../mails/mails.module';
import { PasswordResetsHandler } from './password-resets.handler';
import { PasswordResetsService } from './password-resets.service';

@Module({
  imports: [CredentialsModule, MailsModule],
  controllers: [PasswordResetsHandler],
  providers: [PasswordResetsService],
})
export class PasswordResetsModule {}
