import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Fleet } from '@nubo/fleet';
import { Worker, type Run } from '@nubo/reconcile';
import { InstanceInventory } from '../instances/inventory.reconciler';
import { Meter } from '../instances/meter.reconciler';
import type { SeenUse } from '../usage/usage.store';
import { VmRemoval } from './vm-removal.reconciler';
import { Hypervisor, type FoundVm } from './vms.driver';
import { VmStore } from './vms.store';

@Injectable()
export class HostInventory extends InstanceInventory implements OnModuleInit {
  readonly kind = 'host-inventory';

  constructor(
    fleet: Fleet,
    store: VmStore,
    meter: Meter,
    private readonly worker: Worker,
    private readonly hypervisor: Hypervisor,
    private readonly removal: VmRemoval,
  ) {
    super({ fleet, store, meter, plural: 'VMs', runtime: 'libvirt' });
  }

  onModuleInit(): void {
    this.worker.register(this);
  }

  protected async list(hostId: string): Promise<SeenUse[]> {
    return (await this.hypervisor.inventory(hostId)).map(useOf);
  }

  protected watch(hostId: string, changed: (vmId: string) => void, lost: () => void): Promise<void> {
    return this.hypervisor.watch(hostId, changed, lost);
  }

  protected clean(hostId: string, vmId: string, run: Run): Promise<void> {
    return this.removal.clean(run, { hostId, vmId });
  }

  protected ping(hostId: string, signal: AbortSignal): Promise<void> {
    return this.hypervisor.ping(hostId, signal);
  }
}

const useOf = ({ vmId: instanceId, state, sample }: FoundVm): SeenUse => ({ instanceId, state, sample });
