import { Module } from '@nestjs/common';
import { LocationsHandler } from './locations.handler';
import { LocationsService } from './locations.service';

@Module({ controllers: [LocationsHandler], providers: [LocationsService] })
export class LocationsModule {}
