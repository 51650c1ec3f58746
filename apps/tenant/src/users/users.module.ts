import { Module } from '@nestjs/common';
import { CredentialsModule } from '../credentials/credentials.module';
import { FirstAdminService } from './first-admin.service';
import { UserNamesService } from './user-names.service';
import { UsersHandler } from './users.handler';
import { UsersService } from './users.service';

@Module({
  imports: [CredentialsModule],
  controllers: [UsersHandler],
  providers: [UsersService, UserNamesService, FirstAdminService],
})
export class UsersModule {}
