import { Controller } from '@nestjs/common';
import {
  ById,
  CreateRelease,
  createRelease,
  listReleases,
  RollBack,
  rollBack,
  type DistributionView,
  type Page,
  type ReleaseView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { ReleasesService } from './releases.service';

@Controller()
export class ReleasesHandler {
  constructor(private readonly releases: ReleasesService) {}

  @Handles(createRelease)
  create(ctx: RequestContext, input: CreateRelease): Promise<ReleaseView> {
    return this.releases.create(ctx, input);
  }

  @Handles(listReleases)
  list(ctx: RequestContext, input: ById): Promise<Page<ReleaseView>> {
    return this.releases.list(ctx, input);
  }

  @Handles(rollBack)
  rollBack(ctx: RequestContext, input: RollBack): Promise<DistributionView> {
    return this.releases.rollBack(ctx, input);
  }
}
