import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { forgetTenant, Intentions } from '@nubo/persistence';
import { In, Not } from 'typeorm';
import { Subnet, Vpc } from '../../../../libs/entities/src/network';
import { markSubnetsDeleting } from '../subnets/subnets.store';
import { markVpcsDeleting } from '../vpcs/vpcs.service';

@Injectable()
export class TenantsService {
  constructor(private readonly intentions: Intentions) {}

  /**
   * All networks of a tenant go, also what others have made in its VPCs. Ports go with their instances, which compute
   * deletes; subnets wait for them.
   */
  async close(tenantId: string): Promise<void> {
    await this.intentions.apply(serviceContext('network', tenantId), async ({ em }) => {
      const state = Not('deleting' as const);
      const all = await em.findBy(Vpc, { tenantId });
      const subnets = await em.findBy(Subnet, [
        { tenantId, state },
        { vpcId: In(all.map((vpc) => vpc.id)), state },
      ]);
      const vpcs = all.filter((vpc) => vpc.state !== 'deleting');
      if (subnets.length > 0) await markSubnetsDeleting(em, subnets);
      if (vpcs.length > 0) await markVpcsDeleting(em, vpcs);
      await forgetTenant(em, tenantId);
    });
  }
}
