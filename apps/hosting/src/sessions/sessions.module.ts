import { Module } from '@nestjs/common';
import { CredentialsModule } from '../credentials/credentials.module';
import { SitesModule } from '../sites/sites.module';
import { SftpSessionsController } from './sftp-sessions.controller';
import { SftpSessions } from './sftp-sessions.service';

@Module({
  imports: [CredentialsModule, SitesModule],
  controllers: [SftpSessionsController],
  providers: [SftpSessions],
})
export class SessionsModule {}
