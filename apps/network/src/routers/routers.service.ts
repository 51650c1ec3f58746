import { Injectable } from '@nestjs/common';
import type { ById, RequestContext, RouterView } from '@nubo/contracts';
import { Intentions, requireAccess } from '@nubo/persistence';
import { Not } from 'typeorm';
import { Subnet, Vpc } from '../../../../libs/entities/src/network';
import { toRouterView } from './routers.mapper';

@Injectable()
export class RoutersService {
  constructor(private readonly intentions: Intentions) {}

  get(ctx: RequestContext, { id }: ById): Promise<RouterView> {
    return this.intentions.read(async (em) => {
      const vpc = await requireAccess(em, ctx, [Vpc, id], { noun: 'router', level: 'use' });
      const where = { vpcId: vpc.id, state: Not('deleting' as const) };
      const subnets = await em.find(Subnet, { where, order: { cidr: 'ASC' } });
      return toRouterView(
        vpc,
        subnets.map((subnet) => subnet.cidr),
      );
    });
  }
}
