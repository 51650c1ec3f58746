import { Module } from '@nestjs/common';
import { SubnetPlace } from '../subnets/subnet-place.service';
import { NetworksHandler } from './networks.handler';
import { NetworksService } from './networks.service';

@Module({ controllers: [NetworksHandler], providers: [NetworksService, SubnetPlace] })
export class NetworksModule {}
