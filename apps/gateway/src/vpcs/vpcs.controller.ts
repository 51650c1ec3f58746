import { createVpc, deleteVpc, getVpc, listVpcs, updateVpc, VpcView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('iaas/vpcs', 'VPCs')
export class VpcsController {
  constructor(private readonly rest: Rest) {}

  @Lists(listVpcs, VpcView, 'List the VPCs that you may see')
  listVpcs(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createVpc, 'Create a VPC with its router', { settledBy: getVpc })
  createVpc(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getVpc, 'Show a VPC')
  getVpc(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateVpc, 'Change a VPC', { settledBy: getVpc })
  updateVpc(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteVpc, 'Delete a VPC', { settledBy: getVpc })
  deleteVpc(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
