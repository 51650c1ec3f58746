import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { forgetTenant, forgetUser, Intentions } from '@nubo/persistence';
import { In, Not, type EntityManager } from 'typeorm';
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
      await markAllDeleting(em, { tenantId });
      await forgetTenant(em, tenantId);
    });
  }

  /** The same for the networks that one user made. */
  async closeUser(userId: string): Promise<void> {
    await this.intentions.apply(serviceContext('network', userId), async ({ em }) => {
      await markAllDeleting(em, { userId });
      await forgetUser(em, userId);
    });
  }
}

async function markAllDeleting(
  em: EntityManager,
  whose: { tenantId: string } | { userId: string },
): Promise<void> {
  const state = Not('deleting' as const);
  const all = await em.findBy(Vpc, whose);
  const inThem = { vpcId: In(all.map((vpc) => vpc.id)), state };
  const subnets = await em.findBy(Subnet, [{ ...whose, state }, inThem]);
  const vpcs = all.filter((vpc) => vpc.state !== 'deleting');
  if (subnets.length > 0) await markSubnetsDeleting(em, subnets);
  if (vpcs.length > 0) await markVpcsDeleting(em, vpcs);
}
