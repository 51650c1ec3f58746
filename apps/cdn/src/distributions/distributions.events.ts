import { Injectable } from '@nestjs/common';
import {
  containerChanged,
  tenantClosing,
  userClosing,
  type ContainerEvent,
  type TenantEvent,
  type UserEvent,
} from '@nubo/contracts';
import { OnEvent } from '@nubo/messaging';
import { DistributionStore } from './distributions.store';

/** What happens elsewhere and concerns distributions. Every event may come twice, late, or for what is gone. */
@Injectable()
export class DistributionEvents {
  constructor(private readonly store: DistributionStore) {}

  /** One of ours that has stopped or runs again is looked at now. */
  @OnEvent(containerChanged) containerChanged({ containerId, managedBy }: ContainerEvent): Promise<void> {
    return managedBy === 'cdn' ? this.store.wakeInstances([containerId]) : Promise.resolve();
  }

  @OnEvent(tenantClosing) tenantClosing({ tenantId }: TenantEvent): Promise<void> {
    return this.store.deleteAllOf({ tenantId });
  }

  @OnEvent(userClosing) userClosing({ userId }: UserEvent): Promise<void> {
    return this.store.deleteAllOf({ userId });
  }
}
