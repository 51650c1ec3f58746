import { createRelease, getDistribution, listReleases, ReleaseView, rollBack } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Lists, Noun } from '../rest/route.decorator';
import { ArchiveUploads } from './archive-uploads.driver';

@Noun('cdn/distributions', 'CDN')
export class ReleasesController {
  constructor(
    private readonly rest: Rest,
    private readonly archives: ArchiveUploads,
  ) {}

  @Lists(listReleases, ReleaseView, 'List the releases that are kept, newest first', { path: ':id/releases' })
  listReleases(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createRelease, 'Publish new content', {
    path: ':id/releases',
    forms: true,
    locatedBy: undefined,
    description:
      'As JSON with `srcdata`, or as a form: the JSON `{}` in a field `document`, then an archive. Edges are sent what they lack and then all turn to it.',
  })
  async createRelease(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(await this.archives.taken(asked));
  }

  @Creates(rollBack, 'Serve an earlier release again', {
    path: ':id/rollbacks',
    status: 202,
    locatedBy: undefined,
    settledBy: getDistribution,
  })
  rollBack(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }
}
