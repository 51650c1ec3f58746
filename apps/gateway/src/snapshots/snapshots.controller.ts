import { getImage, snapshotVm } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Noun } from '../rest/route.decorator';

@Noun('iaas/vms', 'VMs')
export class SnapshotsController {
  constructor(private readonly rest: Rest) {}

  @Creates(snapshotVm, 'Save a VM as an image', {
    path: ':id/snapshots',
    settledBy: getImage,
    locatedBelow: '/iaas/images',
    description: 'A running VM is stopped and started again, or paused for a moment with `quiesce`.',
  })
  snapshotVm(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }
}
