import { Injectable } from '@nestjs/common';
import { projectChanged, type ProjectEvent } from '@nubo/contracts';
import { OnEvent } from '@nubo/messaging';
import { FollowedProjects } from './projects.store';

/** What happens to projects that are published. Every event may come twice, late, or for what is gone. */
@Injectable()
export class FollowedProjectEvents {
  constructor(private readonly followed: FollowedProjects) {}

  @OnEvent(projectChanged) projectChanged({ projectId }: ProjectEvent): Promise<void> {
    return this.followed.wakeAllOf(projectId);
  }
}
