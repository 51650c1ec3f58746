/** The rows of VMs as the platform itself reads and changes them. */
import { Injectable } from '@nestjs/common';
import { vmDeleted, type VmState } from '@nubo/contracts';
import { Fleet, type Host } from '@nubo/fleet';
import { Intentions, type Intention } from '@nubo/persistence';
import type { Run } from '@nubo/reconcile';
import type { EntityManager } from 'typeorm';
import { Vm, type InstanceNic } from '../../../../libs/entities/src/compute';
import { PlacementService } from '../hosts/placement.service';
import { InstanceStore, type InstanceNoun } from '../instances/instances.store';
import { NIC_LOST } from './vms.rules';
import type { Place } from './vms.driver';

export interface KnownVm {
  vm: Vm;
  nics: InstanceNic[];
  /** null: the host was removed from the platform. */
  host: Host | null;
}

/** A VM on a host that there is, during one run. */
export interface Task extends KnownVm {
  host: Host;
  run: Run;
  place: Place;
}

@Injectable()
export class VmStore extends InstanceStore<Vm> {
  protected readonly noun: InstanceNoun<Vm> = {
    kind: 'vm',
    entity: Vm,
    table: 'vms',
    inventory: 'host-inventory',
    fault: 'libvirt_fault',
  };

  constructor(intentions: Intentions, fleet: Fleet, placement: PlacementService) {
    super(intentions, fleet, placement);
  }

  async load(id: string): Promise<KnownVm | null> {
    const known = await this.find(id);
    return known && { vm: known.row, nics: known.nics, host: known.host };
  }

  protected async tell(
    intention: Intention,
    { id, tenantId }: Vm,
    state: VmState | 'deleted',
  ): Promise<void> {
    if (state === 'deleted') await intention.emit(vmDeleted, { vmId: id, tenantId });
  }

  protected async giveBack(em: EntityManager, vm: Vm): Promise<void> {
    await this.placement.release(em, vm.hostId, vm);
  }

  protected async withoutNic(em: EntityManager, { id, generation }: Vm): Promise<void> {
    const changes = { redefine: true, stateReason: NIC_LOST, generation: generation + 1 };
    await em.update(Vm, { id }, { ...changes, updatedAt: new Date() });
  }
}
