import { Injectable } from '@nestjs/common';
import {
  hostChanged,
  portDeleted,
  routerDeleted,
  routerProgrammed,
  serviceContext,
  tenantClosing,
  userClosing,
  type HostEvent,
  type PortEvent,
  type RouterEvent,
  type TenantEvent,
  type UserEvent,
} from '@nubo/contracts';
import { OnEvent } from '@nubo/messaging';
import { forgetTenant, forgetUser, Intentions } from '@nubo/persistence';
import { wake } from '@nubo/reconcile';
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import { Mapping } from '../../../../libs/entities/src/pat';
import { ROUTER_NAT } from './mappings.store';

/** What happens elsewhere and changes mappings. Every method may run twice. */
@Injectable()
export class MappingsEvents {
  constructor(private readonly intentions: Intentions) {}

  @OnEvent(portDeleted)
  portDeleted({ portId }: PortEvent): Promise<void> {
    return this.change((em) => this.markDeleting(em, { portId }));
  }

  @OnEvent(routerDeleted)
  routerDeleted({ routerId }: RouterEvent): Promise<void> {
    return this.change((em) => this.markDeleting(em, { routerId }));
  }

  @OnEvent(routerProgrammed)
  routerProgrammed({ routerId }: RouterEvent): Promise<void> {
    return this.change(async (em) => {
      if (await em.existsBy(Mapping, { routerId })) await wake(em, ROUTER_NAT, routerId);
    });
  }

  @OnEvent(hostChanged)
  hostChanged({ hostId }: HostEvent): Promise<void> {
    return this.change((em) => this.wakeRouters(em, { hostId }));
  }

  @OnEvent(tenantClosing)
  tenantClosing({ tenantId }: TenantEvent): Promise<void> {
    return this.change(async (em) => {
      await this.markDeleting(em, { tenantId });
      await forgetTenant(em, tenantId);
    });
  }

  @OnEvent(userClosing)
  userClosing({ userId }: UserEvent): Promise<void> {
    return this.change(async (em) => {
      await this.markDeleting(em, { userId });
      await forgetUser(em, userId);
    });
  }

  private change(work: (em: EntityManager) => Promise<void>): Promise<void> {
    return this.intentions.apply(serviceContext('pat', 'event'), ({ em }) => work(em));
  }

  private async markDeleting(em: EntityManager, which: FindOptionsWhere<Mapping>): Promise<void> {
    await em.update(Mapping, which, { state: 'deleting', stateReason: null });
    await this.wakeRouters(em, which);
  }

  private async wakeRouters(em: EntityManager, which: FindOptionsWhere<Mapping>): Promise<void> {
    const rows = await em.find(Mapping, { where: which, select: { routerId: true } });
    for (const routerId of [...new Set(rows.map((row) => row.routerId))].sort())
      await wake(em, ROUTER_NAT, routerId);
  }
}
