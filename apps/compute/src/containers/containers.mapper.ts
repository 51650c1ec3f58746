import type { ContainerState, ContainerView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { Container, InstanceNic } from '../../../../libs/entities/src/compute';
import { toNicView } from '../instances/nics.mapper';

/** Its variables are shown to nobody. */
export function toContainerView(container: Container, nics: InstanceNic[]): ContainerView {
  return {
    ...resourceFields<ContainerState>(container),
    imageId: container.imageId,
    hostId: container.hostId,
    location: container.location,
    memory: container.memoryMib,
    cpu: container.cpu,
    pids: container.pids,
    restart: container.restart,
    restarts: container.restarts,
    exitCode: container.exitCode,
    nics: nics.map(toNicView),
    managedBy: container.managedBy,
    startedAt: container.startedAt?.toISOString() ?? null,
  };
}
