import { Module } from '@nestjs/common';
import { HostsHandler } from './hosts.handler';
import { HostsService } from './hosts.service';

@Module({ controllers: [HostsHandler], providers: [HostsService] })
export class HostsModule {}
