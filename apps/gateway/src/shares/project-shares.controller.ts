import { projectShares, ShareView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun } from '../rest/route.decorator';
import { COLLECTION, ONE } from './shares.paths';

@Noun('hosting/projects', 'Hosting')
export class ProjectSharesController {
  constructor(private readonly rest: Rest) {}

  @Lists(projectShares.list, ShareView, 'List with whom a project is shared', COLLECTION)
  listProjectShares(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(projectShares.create, 'Share a project with a user', { ...COLLECTION, locatedBy: 'userId' })
  shareProject(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Deletes(projectShares.remove, 'Take a project back from a user', ONE)
  unshareProject(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
