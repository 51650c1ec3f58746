import { Controller } from '@nestjs/common';
import {
  ById,
  listProjectReleases,
  publishProject,
  ReadProjectLog,
  readProjectLog,
  RollBackProject,
  rollBackProject,
  type Page,
  type ProjectLogView,
  type ProjectReleaseView,
  type ProjectView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { ReleasesService } from './releases.service';

@Controller()
export class ReleasesHandler {
  constructor(private readonly releases: ReleasesService) {}

  @Handles(publishProject) publish(ctx: RequestContext, input: ById): Promise<ProjectReleaseView> {
    return this.releases.publish(ctx, input);
  }

  @Handles(listProjectReleases)
  list(ctx: RequestContext, input: ById): Promise<Page<ProjectReleaseView>> {
    return this.releases.list(ctx, input);
  }

  @Handles(rollBackProject) rollBack(ctx: RequestContext, input: RollBackProject): Promise<ProjectView> {
    return this.releases.rollBack(ctx, input);
  }

  @Handles(readProjectLog) log(ctx: RequestContext, input: ReadProjectLog): Promise<ProjectLogView> {
    return this.releases.log(ctx, input);
  }
}
