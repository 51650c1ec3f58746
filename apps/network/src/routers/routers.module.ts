import { Module } from '@nestjs/common';
import { RoutersHandler } from './routers.handler';
import { RoutersService } from './routers.service';

@Module({ controllers: [RoutersHandler], providers: [RoutersService] })
export class RoutersModule {}
