import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Fleet } from '@nubo/fleet';
import { Worker, type Run } from '@nubo/reconcile';
import { InstanceInventory } from '../instances/inventory.reconciler';
import { Meter } from '../instances/meter.reconciler';
import type { SeenUse } from '../usage/usage.store';
import { ContainerRemoval } from './container-removal.reconciler';
import { ContainerRuntime, type FoundContainer } from './containers.driver';
import { ContainerStore } from './containers.store';

@Injectable()
export class ContainerInventory extends InstanceInventory implements OnModuleInit {
  readonly kind = 'container-inventory';

  constructor(
    fleet: Fleet,
    store: ContainerStore,
    meter: Meter,
    private readonly worker: Worker,
    private readonly runtime: ContainerRuntime,
    private readonly removal: ContainerRemoval,
  ) {
    super({ fleet, store, meter, plural: 'containers', runtime: 'podman' });
  }

  onModuleInit(): void {
    this.worker.register(this);
  }

  protected async list(hostId: string, signal: AbortSignal): Promise<SeenUse[]> {
    return (await this.runtime.inventory(hostId, signal)).map(useOf);
  }

  protected watch(
    hostId: string,
    changed: (containerId: string) => void,
    lost: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    return this.runtime.watch(hostId, changed, lost, signal);
  }

  protected clean(hostId: string, containerId: string, run: Run): Promise<void> {
    return this.removal.clean(run, { hostId, containerId });
  }

  protected override async tidy(hostId: string, run: Run): Promise<void> {
    await run.step('remove what no container is made of', (signal) => this.runtime.tidy(hostId, signal));
  }

  protected ping(hostId: string, signal: AbortSignal): Promise<void> {
    return this.runtime.ping(hostId, signal);
  }
}

const useOf = ({ containerId, state, sample }: FoundContainer): SeenUse => ({
  instanceId: containerId,
  state: { is: state.is },
  ...(sample && { sample }),
});
