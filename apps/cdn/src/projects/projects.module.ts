import { Module } from '@nestjs/common';
import { ContentsModule } from '../contents/contents.module';
import { FollowingReconciler } from './following.reconciler';
import { Projects } from './projects.driver';
import { FollowedProjectEvents } from './projects.events';
import { FollowedProjects } from './projects.store';

@Module({
  imports: [ContentsModule],
  providers: [Projects, FollowedProjects, FollowedProjectEvents, FollowingReconciler],
  exports: [Projects],
})
export class ProjectsModule {}
