import {
  createVm,
  deleteVm,
  getVm,
  getVmUsage,
  listVms,
  listVmTimeline,
  readConsole,
  rebootVm,
  updateVm,
  VmTimelineEntry,
  VmView,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Acts, Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('iaas/vms', 'VMs')
export class VmsController {
  constructor(private readonly rest: Rest) {}

  @Lists(listVms, VmView, 'List the VMs that you may see')
  listVms(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createVm, 'Create a VM from an image', { settledBy: getVm })
  createVm(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getVm, 'Show a VM')
  getVm(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Reads(getVmUsage, 'Show what a VM has used up', { path: ':id/usage' })
  getVmUsage(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateVm, 'Change a VM; start or stop it with `state`', { settledBy: getVm })
  updateVm(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteVm, 'Delete a VM', { settledBy: getVm })
  deleteVm(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }

  @Creates(rebootVm, 'Reboot a VM', {
    path: ':id/reboots',
    status: 202,
    locatedBy: undefined,
    settledBy: getVm,
    description:
      'The guest is asked to shut down, and its power is cut if it does not; then it is started again.',
  })
  rebootVm(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Acts('GET', readConsole, 'Show the last lines of a VM’s console', {
    path: ':id/console',
    plainText: true,
    queries: [{ name: 'lines', type: 'integer', description: 'How many, at most 1000; default 100.' }],
    description: 'Plain text; JSON with `Accept: application/json`. Control characters are shown, not sent.',
  })
  readConsole(@Ask() asked: Asked): Promise<object | string> {
    return this.rest.actInText(asked, 'text');
  }

  @Lists(listVmTimeline, VmTimelineEntry, 'Show what happened to a VM, newest first', {
    path: ':id/timeline',
  })
  listVmTimeline(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }
}
