import { Child, Flag, Id, OneOf, Text, Time } from '../wire/fields';
import { operation } from '../wire/operation';
import { pageOf } from '../wire/page-of';
import { ById } from '../wire/resource';
import { DOMAIN_STATES, type DomainState } from './vocabulary';

export class AddDomain extends ById {
  @Text({
    min: 1,
    max: 500,
    example: 'www.example.org',
    description: 'A name in DNS, in letters of any script or as xn--….',
  })
  domain!: string;
}

export class RemoveDomain extends ById {
  @Id() domainId!: string;
}

/** What shows that a domain is theirs who want it. */
export class DomainRecordView {
  @Text({ max: 254, example: '_nubo-challenge.www.example.org' }) name!: string;
  @Text({ max: 10, example: 'TXT' }) type!: string;
  @Text({ max: 200, example: 'nubo-verify=Zm9yIGV4YW1wbGUgb25seSwgbm90IGEgcHJvb2Y' }) value!: string;
}

/** Of a public authority; the platform asks for it by itself. */
export class DomainCertificateView {
  @Time({ nullable: true, description: 'How long it is valid; null: there is none.' }) until!: string | null;
  @Text({ nullable: true, max: 2000, description: 'Why there is none, or no new one, for a person.' })
  reason!: string | null;
}

export class DomainView {
  @Id() id!: string;
  @Id() projectId!: string;
  @Text({ max: 254, description: 'As DNS has it: small letters, other scripts as xn--….' }) domain!: string;
  @OneOf(DOMAIN_STATES) state!: DomainState;
  @Text({ nullable: true, max: 2000, description: 'Why it is in this state, for a person.' })
  stateReason!: string | null;
  @Flag({ description: 'Whether visitors get the project under this name.' }) served!: boolean;
  @Child(() => DomainRecordView, { description: 'The record that proves it; it has to stay.' })
  record!: DomainRecordView;
  @Text({ max: 254, description: 'Where the domain has to lead: a CNAME to it, or its address.' })
  target!: string;
  @Child(() => DomainCertificateView, {
    nullable: true,
    description: 'For TLS; null: the platform asks nobody for certificates.',
  })
  certificate!: DomainCertificateView | null;
  @Time({ nullable: true, description: 'When the record was last looked for with an answer.' })
  checkedAt!: string | null;
  @Time({ nullable: true, description: 'When the record was last there.' }) provenAt!: string | null;
  @Time() createdAt!: string;
}

/** Asked again for a domain that the project has: its record is looked for now. */
export const addDomain = operation('hosting.domains.create', AddDomain, DomainView);
export const listDomains = operation('hosting.domains.list', ById, pageOf(DomainView));
export const removeDomain = operation('hosting.domains.delete', RemoveDomain, DomainView);
