import { Module } from '@nestjs/common';
import { CredentialsModule } from '../credentials/credentials.module';
import { FirstAdminService } from './first-admin.service';
import { UsersHandler } from './users.handler';
import { UsersService } from './users.service';

@Module({
  imports: [CredentialsModule],
  controllers: [UsersHandler],
  providers: [UsersService, FirstAdminService],
})
export class UsersModule {}
