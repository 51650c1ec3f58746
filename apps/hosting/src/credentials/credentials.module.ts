import { Module } from '@nestjs/common';
import { Attempts } from './attempts.service';
import { Passwords } from './passwords.service';

@Module({ providers: [Attempts, Passwords], exports: [Attempts, Passwords] })
export class CredentialsModule {}
