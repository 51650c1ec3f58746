import { Module } from '@nestjs/common';
import { PatConfig } from '../pat.config';
import { ManagedMappings } from './managed-mappings.service';
import { MappingsEvents } from './mappings.events';
import { MappingsHandler } from './mappings.handler';
import { MappingsService } from './mappings.service';

@Module({
  controllers: [MappingsHandler],
  providers: [PatConfig, MappingsService, ManagedMappings, MappingsEvents],
})
export class MappingsModule {}
