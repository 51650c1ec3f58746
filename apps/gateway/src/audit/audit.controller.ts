import { AuditView, listAudit } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Lists, Noun } from '../rest/route.decorator';

@Noun('iaas/audit', 'Audit')
export class AuditController {
  constructor(private readonly rest: Rest) {}

  @Lists(listAudit, AuditView, 'List who did what, newest first', {
    description: 'Administrators see everything, owners their tenant’s, others what they did themselves.',
  })
  listAudit(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }
}
