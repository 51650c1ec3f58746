import { Module } from '@nestjs/common';
import { TenantsHandler } from './tenants.handler';
import { TenantsService } from './tenants.service';

@Module({ controllers: [TenantsHandler], providers: [TenantsService] })
export class TenantsModule {}
