import { Module } from '@nestjs/common';
import { AttemptsService } from './attempts.service';
import { PasswordsService } from './passwords.service';

@Module({ providers: [AttemptsService, PasswordsService], exports: [AttemptsService, PasswordsService] })
export class CredentialsModule {}
