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
import type { Container, Vm } from '../../../../libs/entities/src/compute';
import type { InstanceStore } from './instances.store';

/** What happens elsewhere and concerns instances. Every event may come twice, late, or for one that is gone. */
export abstract class InstanceEvents<R extends Vm | Container> {
  constructor(
    private readonly store: InstanceStore<R>,
    private readonly deleteMs: number,
  ) {}

  @OnEvent(portActive) portActive({ instanceId }: PortEvent): Promise<void> {
    return this.store.wake([instanceId]);
  }

  @OnEvent(portDeleted) portDeleted({ instanceId, portId }: PortEvent): Promise<void> {
    return this.store.loseNic(instanceId, portId);
  }

  /** A host that is back may have lost what ran on it, and has what was deleted meanwhile. */
  @OnEvent(hostChanged) async hostChanged({ hostId }: HostEvent): Promise<void> {
    const rows = await this.store.onHost(hostId);
    await this.store.wake(rows.map(({ id }) => id));
    await this.store.wakeInventory(hostId);
  }

  @OnEvent(tenantClosing) tenantClosing({ tenantId }: TenantEvent): Promise<void> {
    return this.store.deleteAllOf({ tenantId }, this.deleteMs);
  }

  @OnEvent(userClosing) userClosing({ userId }: UserEvent): Promise<void> {
    return this.store.deleteAllOf({ userId }, this.deleteMs);
  }
}
