import { Injectable } from '@nestjs/common';
import { conflict, invalidFields } from '@nubo/contracts';
import { Fleet } from '@nubo/fleet';
import type { EntityManager } from 'typeorm';
import type { Vpc } from '../../../../libs/entities/src/network';
import { cidrText, overlaps } from '../addresses/ipv4.rules';
import { outsideOf } from '../vpcs/vpcs.rules';
import type { SubnetShape } from './subnets.rules';
import { overlappingSubnet } from './subnets.store';

/** Whether a subnet can be where it is wanted. */
@Injectable()
export class SubnetPlace {
  constructor(private readonly fleet: Fleet) {}

  /** Throws `conflict` when the VPC is going or another subnet is in the way, `invalid` when the outside is. */
  async assertFits(em: EntityManager, vpc: Vpc, { cidr, block }: SubnetShape): Promise<void> {
    if (vpc.state === 'deleting') throw conflict('vpc_deleting', `VPC ${vpc.name} is being deleted.`);
    const external = (await this.fleet.find(vpc.hostId, em))?.external;
    const outside = external && outsideOf(external);
    if (outside && overlaps(outside, block)) {
      const message = `overlaps with the network outside of the router, ${cidrText(outside)}`;
      throw invalidFields([{ field: 'cidr', message }]);
    }
    const other = await overlappingSubnet(em, vpc.id, cidr);
    if (!other) return;
    const message = `${cidr} overlaps with subnet ${other.name} (${other.cidr}) of this VPC.`;
    throw conflict('subnet_overlaps', message, { subnetId: other.id, cidr: other.cidr });
  }
}
