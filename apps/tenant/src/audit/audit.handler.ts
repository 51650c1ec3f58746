import { Controller } from '@nestjs/common';
import { listAudit, ListInput, type AuditView, type Page, type RequestContext } from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { AuditService } from './audit.service';

@Controller()
export class AuditHandler {
  constructor(private readonly audit: AuditService) {}

  @Handles(listAudit) list(ctx: RequestContext, input: ListInput): Promise<Page<AuditView>> {
    return this.audit.list(ctx, input);
  }
}
