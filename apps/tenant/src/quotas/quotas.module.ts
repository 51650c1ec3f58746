import { Module } from '@nestjs/common';
import { QuotasHandler } from './quotas.handler';
import { QuotasService } from './quotas.service';

@Module({ controllers: [QuotasHandler], providers: [QuotasService] })
export class QuotasModule {}
