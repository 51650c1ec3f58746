import { Module } from '@nestjs/common';
import { MachineTypesHandler } from './machine-types.handler';
import { MachineTypesService } from './machine-types.service';

@Module({ controllers: [MachineTypesHandler], providers: [MachineTypesService] })
export class MachineTypesModule {}
