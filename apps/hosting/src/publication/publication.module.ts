import { Module } from '@nestjs/common';
import { InternalUrl } from '@nubo/service';
import { SitesModule } from '../sites/sites.module';
import { PublicationHandler } from './publication.handler';
import { Publication } from './publication.service';
import { ReleaseFilesController } from './release-files.controller';

@Module({
  imports: [SitesModule],
  controllers: [PublicationHandler, ReleaseFilesController],
  providers: [InternalUrl, Publication],
})
export class PublicationModule {}
