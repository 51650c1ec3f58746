import { vmShares, ShareView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun } from '../rest/route.decorator';
import { COLLECTION, ONE } from './shares.paths';

@Noun('iaas/vms', 'VMs')
export class VmSharesController {
  constructor(private readonly rest: Rest) {}

  @Lists(vmShares.list, ShareView, 'List with whom a VM is shared', COLLECTION)
  listVmShares(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(vmShares.create, 'Share a VM with a user', { ...COLLECTION, locatedBy: 'userId' })
  shareVm(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Deletes(vmShares.remove, 'Take a VM back from a user', ONE)
  unshareVm(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
