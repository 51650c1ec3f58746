import { Module } from '@nestjs/common';
import { QuotasHandler } from './quotas.handler';
import { QuotasService } from './quotas.service';
import { UserQuotasHandler } from './user-quotas.handler';
import { UserQuotasService } from './user-quotas.service';

@Module({
  controllers: [QuotasHandler, UserQuotasHandler],
  providers: [QuotasService, UserQuotasService],
})
export class QuotasModule {}
