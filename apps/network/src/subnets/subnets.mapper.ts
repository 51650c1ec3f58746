import type { NetworkState, SubnetView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { Subnet } from '../../../../libs/entities/src/network';

export function toSubnetView(row: Subnet): SubnetView {
  return {
    ...resourceFields<NetworkState>(row),
    vpcId: row.vpcId,
    cidr: row.cidr,
    gateway: row.gateway,
    dhcp: row.dhcp,
    dns: row.dns,
    managedBy: row.managedBy,
  };
}
