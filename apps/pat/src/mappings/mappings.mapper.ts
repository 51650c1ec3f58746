import type { MappingView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { Mapping } from '../../../../libs/entities/src/pat';

export function toMappingView(row: Mapping): MappingView {
  return {
    ...resourceFields(row),
    routerId: row.routerId,
    portId: row.portId,
    instanceId: row.instanceId,
    protocol: row.protocol,
    externalIp: row.externalIp,
    externalPort: row.externalPort,
    targetIp: row.targetIp,
    targetPort: row.targetPort,
    managedBy: row.managedBy,
  };
}
