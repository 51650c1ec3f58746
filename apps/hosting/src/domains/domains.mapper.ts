import type { DomainView } from '@nubo/contracts';
import type { ProjectDomain } from '../../../../libs/entities/src/hosting';
import { recordName, recordValue } from './domains.rules';

/** `target`: the project's name in DNS. `asks`: certificates are asked for. */
export const toDomainView = (row: ProjectDomain, target: string, asks: boolean): DomainView => ({
  id: row.id,
  projectId: row.projectId,
  domain: row.domain,
  state: row.state,
  stateReason: row.stateReason,
  served: row.held,
  record: { name: recordName(row.domain), type: 'TXT', value: recordValue(row.token) },
  target,
  certificate: asks
    ? { until: row.certificateUntil?.toISOString() ?? null, reason: row.certificateReason }
    : null,
  checkedAt: row.checkedAt?.toISOString() ?? null,
  provenAt: row.provenAt?.toISOString() ?? null,
  createdAt: row.createdAt.toISOString(),
});
