import { Global, Module } from '@nestjs/common';
import type { SchemaDefinition } from '@nubo/schema';
import { Fleet } from './fleet';
import { Host } from './host.entity';
import { HostsAccess } from './hosts-access';
import { FLEET_MIGRATIONS } from './migrations';

export const FLEET_SCHEMA: SchemaDefinition = {
  schema: 'fleet',
  entities: [Host],
  migrations: FLEET_MIGRATIONS,
};

@Global()
@Module({ providers: [Fleet, HostsAccess], exports: [Fleet, HostsAccess] })
export class FleetModule {}
