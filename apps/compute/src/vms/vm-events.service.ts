import { Injectable } from '@nestjs/common';
import {
  hostChanged,
  portActive,
  portDeleted,
  tenantClosing,
  userClosing,
  type HostEvent,
  type PortEvent,
  type TenantEvent,
  type UserEvent,
} from '@nubo/contracts';
import { OnEvent } from '@nubo/messaging';
import { DEADLINES } from './vms.rules';
import { VmStore } from './vms.store';

/** What happens elsewhere and concerns VMs. Every event may come twice, late, or for a VM that is gone. */
@Injectable()
export class VmEvents {
  constructor(private readonly store: VmStore) {}

  @OnEvent(portActive) portActive({ instanceId }: PortEvent): Promise<void> {
    return this.store.wake([instanceId]);
  }

  @OnEvent(portDeleted) portDeleted({ instanceId, portId }: PortEvent): Promise<void> {
    return this.store.loseNic(instanceId, portId);
  }

  /** A host that is back may have lost its VMs, and has what was deleted meanwhile. */
  @OnEvent(hostChanged) async hostChanged({ hostId }: HostEvent): Promise<void> {
    const vms = await this.store.onHost(hostId);
    await this.store.wake(vms.map(({ id }) => id));
    await this.store.wakeInventory(hostId);
  }

  @OnEvent(tenantClosing) tenantClosing({ tenantId }: TenantEvent): Promise<void> {
    return this.store.deleteAllOf({ tenantId }, DEADLINES.delete);
  }

  @OnEvent(userClosing) userClosing({ userId }: UserEvent): Promise<void> {
    return this.store.deleteAllOf({ userId }, DEADLINES.delete);
  }
}
