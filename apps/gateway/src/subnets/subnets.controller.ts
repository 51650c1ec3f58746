import {
  createSubnet,
  deleteSubnet,
  getSubnet,
  listSubnets,
  SubnetView,
  updateSubnet,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('iaas/subnets', 'Subnets')
export class SubnetsController {
  constructor(private readonly rest: Rest) {}

  @Lists(listSubnets, SubnetView, 'List the subnets that you may see')
  listSubnets(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createSubnet, 'Create a subnet in a VPC', { settledBy: getSubnet })
  createSubnet(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getSubnet, 'Show a subnet')
  getSubnet(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateSubnet, 'Change a subnet', { settledBy: getSubnet })
  updateSubnet(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteSubnet, 'Delete a subnet', { settledBy: getSubnet })
  deleteSubnet(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
