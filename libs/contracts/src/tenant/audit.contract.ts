import { Id, OneOf, Text, Time } from '../wire/fields';
import { listOperation } from '../wire/filters';
import { operation } from '../wire/operation';
import { Nothing } from '../wire/resource';

export const AUDIT_RESULTS = ['done', 'refused'] as const;
export type AuditResult = (typeof AUDIT_RESULTS)[number];

/** Who did what, from where, to what, with which result. */
export class AuditView {
  @Text({ max: 20, pattern: /^\d+$/, example: '4711', description: 'Later entries have higher numbers.' })
  id!: string;
  @Time() at!: string;
  @Text({ max: 100 }) requestId!: string;
  @Text({ max: 100, nullable: true, description: 'Null for nobody who is logged in.' }) userId!:
    string | null;
  @Id({ nullable: true }) tenantId!: string | null;
  @Text({ max: 20, nullable: true }) role!: string | null;
  @Text({ max: 100, nullable: true, description: 'Of the client.' }) address!: string | null;
  @Text({ max: 100, description: 'The operation.', example: 'compute.vms.create' }) action!: string;
  @Id({ nullable: true }) resourceId!: string | null;
  @OneOf(AUDIT_RESULTS) result!: AuditResult;
  @Text({ max: 100, nullable: true, description: 'Why it was refused.' }) code!: string | null;
}

/** Newest first: all for an administrator, the tenant's for its owner, one's own for others. */
export const listAudit = listOperation('tenant.audit.list', AuditView, {
  at: 'time',
  requestId: 'text',
  userId: 'text',
  tenantId: 'uuid',
  role: 'text',
  address: 'text',
  action: 'text',
  resourceId: 'uuid',
  result: 'text',
  code: 'text',
});

/** What the gateway has refused before any service heard of it; who asked stands in the context. */
export class NoteRefusal {
  @Text({ min: 1, max: 100 }) action!: string;
  @Text({ min: 1, max: 100 }) code!: string;
  @Id({ optional: true }) resourceId?: string;
}

export const noteRefusal = operation('tenant.audit.note', NoteRefusal, Nothing, { permission: 'gateway' });
