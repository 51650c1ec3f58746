import { Injectable } from '@nestjs/common';
import { tenantClosing, userClosing, type TenantEvent, type UserEvent } from '@nubo/contracts';
import { OnEvent } from '@nubo/messaging';
import { ProjectStore } from './projects.store';

/** What happens elsewhere and concerns projects. Every event may come twice, late, or for what is gone. */
@Injectable()
export class ProjectEvents {
  constructor(private readonly store: ProjectStore) {}

  @OnEvent(tenantClosing) tenantClosing({ tenantId }: TenantEvent): Promise<void> {
    return this.store.deleteAllOf({ tenantId });
  }

  @OnEvent(userClosing) userClosing({ userId }: UserEvent): Promise<void> {
    return this.store.deleteAllOf({ userId });
  }
}
