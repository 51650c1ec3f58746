import { Module } from '@nestjs/common';
import { CredentialsModule } from '../credentials/credentials.module';
import { SessionsModule } from '../sessions/sessions.module';
import { FirstAdminService } from './first-admin.service';
import { TakenAddresses } from './taken-addresses.service';
import { UserAdditions } from './user-additions.service';
import { UserChanges } from './user-changes.service';
import { UserNamesService } from './user-names.service';
import { UsersHandler } from './users.handler';
import { UsersReconciler } from './users.reconciler';
import { UsersService } from './users.service';

@Module({
  imports: [CredentialsModule, SessionsModule],
  controllers: [UsersHandler],
  providers: [
    UsersService,
    UserAdditions,
    UserChanges,
    UserNamesService,
    TakenAddresses,
    UsersReconciler,
    FirstAdminService,
  ],
})
export class UsersModule {}
