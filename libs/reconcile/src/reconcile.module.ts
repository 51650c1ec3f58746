import { Global, Module } from '@nestjs/common';
import { Worker, WorkerPace } from './worker';

@Global()
@Module({ providers: [Worker, WorkerPace], exports: [Worker] })
export class ReconcileModule {}
