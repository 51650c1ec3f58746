import { Id, Int, OneOf } from '../wire/fields';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById, ListInput } from '../wire/resource';

/** What a resource takes when it is made and gives back when it is gone. `memory` is in MiB, `disk` in GiB. */
export const RESERVED_KINDS = [
  'images',
  'vms',
  'containers',
  'vcpus',
  'memory',
  'disk',
  'vpcs',
  'subnets',
  'addresses',
  'mappings',
  'projects',
  'distributions',
] as const;
export type ReservedKind = (typeof RESERVED_KINDS)[number];

/** What VMs and containers use up while they run; it only grows. `In` is what they received. */
export const METERED_KINDS = [
  'cpuSeconds',
  'diskReadBytes',
  'diskWrittenBytes',
  'networkInBytes',
  'networkOutBytes',
] as const;
export type MeteredKind = (typeof METERED_KINDS)[number];

/** What a tenant, and each of its users, can be limited in. */
export const QUOTA_KINDS = [...RESERVED_KINDS, ...METERED_KINDS] as const;
export type QuotaKind = (typeof QUOTA_KINDS)[number];

const Amount = (): PropertyDecorator => Int(0, Number.MAX_SAFE_INTEGER);
const Limit = (description: string): PropertyDecorator =>
  Int(0, Number.MAX_SAFE_INTEGER, { nullable: true, description });
const NewLimit = (): PropertyDecorator =>
  Int(0, Number.MAX_SAFE_INTEGER, {
    optional: true,
    nullable: true,
    description: 'null takes the limit away; left out, it stays.',
  });

export class QuotaView {
  @OneOf(QUOTA_KINDS) kind!: QuotaKind;
  @Amount() used!: number;
  @Limit('null: not limited here.') limit!: number | null;
}

/** What one resource has of a quota. */
export class QuotaUseView {
  @Id() resourceId!: string;
  @OneOf(QUOTA_KINDS) kind!: QuotaKind;
  @Amount() amount!: number;
  @Id({ description: 'Who made it, and so pays for it.' }) userId!: string;
}

export class SetQuota {
  @Id() tenantId!: string;
  @OneOf(QUOTA_KINDS) kind!: QuotaKind;
  @NewLimit() limit?: number | null;
}

export class SetUserQuota {
  @Id() userId!: string;
  @OneOf(QUOTA_KINDS) kind!: QuotaKind;
  @NewLimit() limit?: number | null;
}

export class ListQuotaUses extends ListInput {
  @Id() id!: string;
  @OneOf(QUOTA_KINDS) kind!: QuotaKind;
}

export const listQuotas = operation('tenant.quotas.list', ById, pageOf(QuotaView));
export const listQuotaUses = operation('tenant.quotas.uses.list', ListQuotaUses, pageOf(QuotaUseView));
export const setQuota = operation('tenant.quotas.set', SetQuota, QuotaView, { permission: 'admin' });
export const listUserQuotas = operation('tenant.user-quotas.list', ById, pageOf(QuotaView));
export const listUserQuotaUses = operation(
  'tenant.user-quotas.uses.list',
  ListQuotaUses,
  pageOf(QuotaUseView),
);
export const setUserQuota = operation('tenant.user-quotas.set', SetUserQuota, QuotaView);
