import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module';
import { SitesModule } from '../sites/sites.module';
import { LostSessions } from './lost-sessions.service';
import { PublicationReconciler } from './publication.reconciler';
import { ReleaseReconciler } from './release.reconciler';
import { ReleasesHandler } from './releases.handler';
import { ReleasesService } from './releases.service';
import { Stocktaking } from './stock.driver';
import { Upkeep } from './upkeep.service';

@Module({
  imports: [ProjectsModule, SitesModule],
  controllers: [ReleasesHandler],
  providers: [LostSessions, PublicationReconciler, ReleaseReconciler, ReleasesService, Stocktaking, Upkeep],
})
export class ReleasesModule {}
