import { Module } from '@nestjs/common';
import { Download } from '@nubo/download';
import { CdnConfig } from '../cdn.config';
import { ContentsModule } from '../contents/contents.module';
import { ReleaseReconciler } from './release.reconciler';
import { ReleasesHandler } from './releases.handler';
import { ReleasesService } from './releases.service';

@Module({
  imports: [ContentsModule],
  controllers: [ReleasesHandler],
  providers: [
    ReleasesService,
    ReleaseReconciler,
    {
      provide: Download,
      inject: [CdnConfig],
      useFactory: ({ maxBytes, allowRanges }: CdnConfig) => new Download({ maxBytes, allowRanges }),
    },
  ],
})
export class ReleasesModule {}
