/** The rows of containers as the platform itself reads and changes them. */
import { Injectable } from '@nestjs/common';
import { containerChanged, type ContainerState } from '@nubo/contracts';
import { Fleet, type Host } from '@nubo/fleet';
import { Intentions, type Intention } from '@nubo/persistence';
import type { Run } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Container } from '../../../../libs/entities/src/compute';
import { PlacementService } from '../hosts/placement.service';
import { InstanceStore, type InstanceNoun, type KnownInstance } from '../instances/instances.store';
import type { Place } from './containers.driver';

export const CONTAINER_VARIABLES = { table: 'containers', column: 'env' };

/** A container on a host that there is, during one run. */
export interface Task extends KnownInstance<Container> {
  host: Host;
  run: Run;
  place: Place;
}

const TOLD: readonly (ContainerState | 'deleted')[] = ['running', 'stopped', 'error', 'deleted'];

@Injectable()
export class ContainerStore extends InstanceStore<Container> {
  protected readonly noun: InstanceNoun<Container> = {
    kind: 'container',
    entity: Container,
    table: 'containers',
    inventory: 'container-inventory',
    fault: 'podman_fault',
  };

  constructor(intentions: Intentions, fleet: Fleet, placement: PlacementService) {
    super(intentions, fleet, placement);
  }

  protected async tell(
    intention: Intention,
    { id, tenantId, managedBy }: Container,
    state: ContainerState | 'deleted',
  ): Promise<void> {
    if (!TOLD.includes(state)) return;
    const told = state as 'running' | 'stopped' | 'error' | 'deleted';
    await intention.emit(containerChanged, { containerId: id, tenantId, managedBy, state: told });
  }

  protected async giveBack(em: EntityManager, { hostId, memoryMib }: Container): Promise<void> {
    await this.placement.release(em, hostId, { vcpus: 0, memoryMib, diskGib: 0 });
  }

  /** It runs on with what it has; its next start makes its network anew. */
  protected async withoutNic(em: EntityManager, { id, generation }: Container): Promise<void> {
    await em.update(Container, { id }, { generation: generation + 1, updatedAt: new Date() });
  }
}
