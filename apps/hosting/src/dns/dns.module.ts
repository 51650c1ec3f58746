import { Module } from '@nestjs/common';
import { SitesModule } from '../sites/sites.module';
import { Zone } from './zone.driver';
import { ZoneKeeper } from './zone.service';

@Module({ imports: [SitesModule], providers: [Zone, ZoneKeeper] })
export class DnsModule {}
