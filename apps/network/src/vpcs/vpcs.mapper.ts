import type { NetworkState, VpcView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { Vpc } from '../../../../libs/entities/src/network';

export function toVpcView(row: Vpc): VpcView {
  return {
    ...resourceFields<NetworkState>(row),
    region: row.region,
    routerId: row.id,
    externalIp: row.externalIp,
    managedBy: row.managedBy,
  };
}
