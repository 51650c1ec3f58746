import {
  getProject,
  listProjectReleases,
  ProjectReleaseView,
  publishProject,
  readProjectLog,
  rollBackProject,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Acts, Creates, Lists, Noun } from '../rest/route.decorator';

@Noun('hosting/projects', 'Hosting')
export class ProjectReleasesController {
  constructor(private readonly rest: Rest) {}

  @Lists(listProjectReleases, ProjectReleaseView, 'List the releases that are kept, newest first', {
    path: ':id/releases',
  })
  listProjectReleases(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(publishProject, 'Publish what is uploaded', {
    path: ':id/releases',
    locatedBy: undefined,
    description: 'Files whose upload has not finished stay as they were in the release before.',
  })
  publishProject(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Creates(rollBackProject, 'Serve an earlier release again', {
    path: ':id/rollbacks',
    status: 202,
    locatedBy: undefined,
    settledBy: getProject,
  })
  rollBackProject(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Acts('GET', readProjectLog, 'Show the last lines of a site’s log', {
    path: ':id/logs',
    plainText: true,
    queries: [
      { name: 'lines', type: 'integer', description: 'How many, at most 1000; default 100.' },
      {
        name: 'log',
        type: 'string',
        description: 'visits: requests of visitors (default). program: what its program wrote.',
      },
    ],
    description: 'Plain text; JSON with `Accept: application/json`.',
  })
  readProjectLog(@Ask() asked: Asked): Promise<object | string> {
    return this.rest.actInText(asked, 'text');
  }
}
