import type { PortState, PortView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { Port, Subnet } from '../../../../libs/entities/src/network';
import { cidrOf } from '../addresses/ipv4.rules';
import { bridgeOf, MTU } from '../host-network/names.rules';

export function toPortView(row: Port, subnet: Subnet): PortView {
  return {
    ...resourceFields<PortState>(row),
    subnetId: row.subnetId,
    vpcId: row.vpcId,
    instanceId: row.instanceId,
    hostId: row.hostId,
    ip: row.ip,
    prefix: cidrOf(subnet.cidr).prefix,
    gateway: subnet.gateway,
    dns: subnet.dns,
    dhcp: subnet.dhcp,
    mac: row.mac,
    mtu: MTU,
    bridge: bridgeOf(subnet.vni),
    device: row.device,
  };
}
