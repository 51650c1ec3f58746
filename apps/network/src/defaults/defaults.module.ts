import { Module } from '@nestjs/common';
import { SubnetPlace } from '../subnets/subnet-place.service';
import { DefaultsHandler } from './defaults.handler';
import { DefaultsService } from './defaults.service';

@Module({ controllers: [DefaultsHandler], providers: [DefaultsService, SubnetPlace] })
export class DefaultsModule {}
