import { Global, Module } from '@nestjs/common';
import { Shares } from './shares.service';

/** For services whose resources can be shared. */
@Global()
@Module({ providers: [Shares], exports: [Shares] })
export class SharesModule {}
