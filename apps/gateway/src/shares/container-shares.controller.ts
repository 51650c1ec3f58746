import { containerShares, ShareView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun } from '../rest/route.decorator';
import { COLLECTION, ONE } from './shares.paths';

@Noun('iaas/containers', 'Containers')
export class ContainerSharesController {
  constructor(private readonly rest: Rest) {}

  @Lists(containerShares.list, ShareView, 'List with whom a container is shared', COLLECTION)
  listContainerShares(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(containerShares.create, 'Share a container with a user', { ...COLLECTION, locatedBy: 'userId' })
  shareContainer(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Deletes(containerShares.remove, 'Take a container back from a user', ONE)
  unshareContainer(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
