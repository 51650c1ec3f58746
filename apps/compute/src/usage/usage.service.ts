import { Injectable } from '@nestjs/common';
import type { ById, ContainerUsageView, RequestContext, VmUsageView } from '@nubo/contracts';
import { Intentions, requireAccess } from '@nubo/persistence';
import { meteredOf } from '@nubo/quota';
import type { EntityManager } from 'typeorm';
import { Container, InstanceUsage, Vm } from '../../../../libs/entities/src/compute';
import { usedUp, type UsedUp } from './usage.mapper';

@Injectable()
export class UsageService {
  constructor(private readonly intentions: Intentions) {}

  ofVm(ctx: RequestContext, { id }: ById): Promise<VmUsageView> {
    return this.intentions.read(async (em) => {
      await requireAccess(em, ctx, [Vm, id], { noun: 'VM', level: 'use' });
      return { vmId: id, ...(await usageOf(em, id)) };
    });
  }

  ofContainer(ctx: RequestContext, { id }: ById): Promise<ContainerUsageView> {
    return this.intentions.read(async (em) => {
      await requireAccess(em, ctx, [Container, id], { noun: 'container', level: 'use' });
      return { containerId: id, ...(await usageOf(em, id)) };
    });
  }
}

async function usageOf(em: EntityManager, instanceId: string): Promise<UsedUp> {
  return usedUp(await em.findOneByOrFail(InstanceUsage, { instanceId }), await meteredOf(em, instanceId));
}
