import { Controller } from '@nestjs/common';
import {
  listAudit,
  ListInput,
  NoteRefusal,
  noteRefusal,
  type AuditView,
  type Nothing,
  type Page,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { AuditService } from './audit.service';

@Controller()
export class AuditHandler {
  constructor(private readonly audit: AuditService) {}

  @Handles(listAudit) list(ctx: RequestContext, input: ListInput): Promise<Page<AuditView>> {
    return this.audit.list(ctx, input);
  }

  @Handles(noteRefusal) note(ctx: RequestContext, input: NoteRefusal): Promise<Nothing> {
    return this.audit.note(ctx, input);
  }
}
