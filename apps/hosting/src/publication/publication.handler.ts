import { Controller } from '@nestjs/common';
import {
  FindProject,
  findProject,
  OpenProjectRelease,
  openProjectRelease,
  type ProjectReleaseTicket,
  type PublishedProjectView,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { Publication } from './publication.service';

@Controller()
export class PublicationHandler {
  constructor(private readonly publication: Publication) {}

  @Handles(findProject) find(ctx: RequestContext, { project }: FindProject): Promise<PublishedProjectView> {
    return this.publication.find(ctx, project);
  }

  @Handles(openProjectRelease)
  open(ctx: RequestContext, input: OpenProjectRelease): Promise<ProjectReleaseTicket> {
    return this.publication.open(ctx, input);
  }
}
