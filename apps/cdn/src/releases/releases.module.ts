import { Module } from '@nestjs/common';
import { Download } from '@nubo/download';
import { CdnConfig } from '../cdn.config';
import { ContentsModule } from '../contents/contents.module';
import { ProjectsModule } from '../projects/projects.module';
import { ReleaseReconciler } from './release.reconciler';
import { ReleasesHandler } from './releases.handler';
import { ReleasesService } from './releases.service';
import { Sources } from './sources.service';

@Module({
  imports: [ContentsModule, ProjectsModule],
  controllers: [ReleasesHandler],
  providers: [
    ReleasesService,
    ReleaseReconciler,
    Sources,
    {
      provide: Download,
      inject: [CdnConfig],
      useFactory: ({ maxBytes, allowRanges }: CdnConfig) => new Download({ maxBytes, allowRanges }),
    },
  ],
})
export class ReleasesModule {}
