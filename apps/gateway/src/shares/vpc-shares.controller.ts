import { vpcShares, ShareView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun } from '../rest/route.decorator';
import { COLLECTION, ONE } from './shares.paths';

@Noun('iaas/vpcs', 'VPCs')
export class VpcSharesController {
  constructor(private readonly rest: Rest) {}

  @Lists(vpcShares.list, ShareView, 'List with whom a VPC is shared', COLLECTION)
  listVpcShares(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(vpcShares.create, 'Share a VPC with a user', { ...COLLECTION, locatedBy: 'userId' })
  shareVpc(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Deletes(vpcShares.remove, 'Take a VPC back from a user', ONE)
  unshareVpc(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
