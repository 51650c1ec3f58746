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
import { ReplicaStore } from '../runners/nubo/replicas.store';
import { ProjectStore } from './projects.store';

/** What happens elsewhere and concerns projects. Every event may come twice, late, or for what is gone. */
@Injectable()
export class ProjectEvents {
  constructor(
    private readonly store: ProjectStore,
    private readonly replicas: ReplicaStore,
  ) {}

  /** A replica that has stopped or runs again is looked at now. */
  @OnEvent(containerChanged) containerChanged({ containerId, managedBy }: ContainerEvent): Promise<void> {
    return managedBy === 'hosting' ? this.replicas.wakeProjectOf(containerId) : Promise.resolve();
  }

  @OnEvent(tenantClosing) tenantClosing({ tenantId }: TenantEvent): Promise<void> {
    return this.store.deleteAllOf({ tenantId });
  }

  @OnEvent(userClosing) userClosing({ userId }: UserEvent): Promise<void> {
    return this.store.deleteAllOf({ userId });
  }
}
