import { Module } from '@nestjs/common';
import { AuditHandler } from './audit.handler';
import { AuditService } from './audit.service';

@Module({ controllers: [AuditHandler], providers: [AuditService] })
export class AuditModule {}
