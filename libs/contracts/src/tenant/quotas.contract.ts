import { Id, Int, OneOf } from '../wire/fields';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById } from '../wire/resource';

/** What a tenant can be limited in. `memory` is in MiB, `disk` in GiB. */
export const QUOTA_KINDS = [
  'images',
  'vms',
  'vcpus',
  'memory',
  'disk',
  'vpcs',
  'subnets',
  'addresses',
  'mappings',
] as const;
export type QuotaKind = (typeof QUOTA_KINDS)[number];

export class QuotaView {
  @OneOf(QUOTA_KINDS) kind!: QuotaKind;
  @Int(0, Number.MAX_SAFE_INTEGER) used!: number;
  @Int(0, Number.MAX_SAFE_INTEGER) limit!: number;
}

export class SetQuota {
  @Id() tenantId!: string;
  @OneOf(QUOTA_KINDS) kind!: QuotaKind;
  @Int(0, Number.MAX_SAFE_INTEGER) limit!: number;
}

export const listQuotas = operation('tenant.quotas.list', ById, pageOf(QuotaView));
export const setQuota = operation('tenant.quotas.set', SetQuota, QuotaView, { permission: 'admin' });
