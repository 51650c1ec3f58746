import type { RouterView } from '@nubo/contracts';
import type { Vpc } from '../../../../libs/entities/src/network';

export function toRouterView(vpc: Vpc, cidrs: string[]): RouterView {
  return {
    id: vpc.id,
    vpcId: vpc.id,
    tenantId: vpc.tenantId,
    hostId: vpc.hostId,
    namespace: vpc.namespace,
    externalIp: vpc.externalIp,
    cidrs,
    state: vpc.state,
  };
}
