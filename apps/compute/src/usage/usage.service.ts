import { Injectable } from '@nestjs/common';
import type { ById, RequestContext, VmUsageView } from '@nubo/contracts';
import { Intentions, requireAccess } from '@nubo/persistence';
import { meteredOf } from '@nubo/quota';
import { Vm, VmUsage } from '../../../../libs/entities/src/compute';
import { toVmUsageView } from './usage.mapper';

@Injectable()
export class UsageService {
  constructor(private readonly intentions: Intentions) {}

  get(ctx: RequestContext, { id }: ById): Promise<VmUsageView> {
    return this.intentions.read(async (em) => {
      await requireAccess(em, ctx, [Vm, id], { noun: 'VM', level: 'use' });
      return toVmUsageView(await em.findOneByOrFail(VmUsage, { vmId: id }), await meteredOf(em, id));
    });
  }
}
