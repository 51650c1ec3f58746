import { Injectable } from '@nestjs/common';
import { serviceContext } from '@nubo/contracts';
import { forgetTenant, forgetUser, Intentions } from '@nubo/persistence';
import { In, IsNull, Not, type EntityManager } from 'typeorm';
import { Port, Subnet, Vpc } from '../../../../libs/entities/src/network';
import { markPortDeleting } from '../ports/ports.store';
import { markSubnetsDeleting } from '../subnets/subnets.store';
import { markVpcsDeleting } from '../vpcs/vpcs.service';

type Whose = { tenantId: string } | { userId: string };

@Injectable()
export class TenantsService {
  constructor(private readonly intentions: Intentions) {}

  /**
   * All networks of a tenant go, also what others have made in its VPCs. Its own ports go with their instances, which
   * compute deletes; those of others are taken away, for nobody may ever delete their instances.
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

/** Whoever makes something in them meanwhile holds the lock of what it is in: it is seen, or is refused. */
async function markAllDeleting(em: EntityManager, whose: Whose): Promise<void> {
  const lock = { mode: 'pessimistic_write' } as const;
  const order = { id: 'ASC' } as const;
  const vpcs = await em.find(Vpc, { where: whose, order, lock });
  const inThem = { vpcId: In(vpcs.map((vpc) => vpc.id)) };
  const subnets = await em.find(Subnet, { where: [whose, inThem], order, lock });
  const subnetsToGo = subnets.filter((subnet) => subnet.state !== 'deleting');
  const vpcsToGo = vpcs.filter((vpc) => vpc.state !== 'deleting');
  if (subnetsToGo.length > 0) await markSubnetsDeleting(em, subnetsToGo);
  if (vpcsToGo.length > 0) await markVpcsDeleting(em, vpcsToGo);
  const on = { subnetId: In(subnets.map((subnet) => subnet.id)), state: Not('deleting' as const) };
  const where = notOf(whose).map((others) => ({ ...on, ...others }));
  for (const port of await em.find(Port, { where, order, lock })) await markPortDeleting(em, port);
}

const notOf = (whose: Whose) =>
  'userId' in whose
    ? [{ userId: Not(whose.userId) }]
    : [{ tenantId: Not(whose.tenantId) }, { tenantId: IsNull() }];
