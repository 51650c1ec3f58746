import { subnetShares, ShareView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun } from '../rest/route.decorator';
import { COLLECTION, ONE } from './shares.paths';

@Noun('iaas/subnets', 'Subnets')
export class SubnetSharesController {
  constructor(private readonly rest: Rest) {}

  @Lists(subnetShares.list, ShareView, 'List with whom a subnet is shared', COLLECTION)
  listSubnetShares(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(subnetShares.create, 'Share a subnet with a user', { ...COLLECTION, locatedBy: 'userId' })
  shareSubnet(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Deletes(subnetShares.remove, 'Take a subnet back from a user', ONE)
  unshareSubnet(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
