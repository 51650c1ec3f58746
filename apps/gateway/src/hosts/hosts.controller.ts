import { deleteHost, enrolHost, getHost, HostView, listHosts, updateHost } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('iaas/hosts', 'Hosts')
export class HostsController {
  constructor(private readonly rest: Rest) {}

  @Lists(listHosts, HostView, 'List the hosts; addresses and keys are for administrators')
  listHosts(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(enrolHost, 'Enrol a host over SSH', { settledBy: getHost })
  enrolHost(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getHost, 'Show a host')
  getHost(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateHost, 'Change a host, or try a failed enrolment again', { settledBy: getHost })
  updateHost(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteHost, 'Remove a host from the platform', { settledBy: getHost })
  deleteHost(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
