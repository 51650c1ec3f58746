import { Module } from '@nestjs/common';
import { InternalUrl } from '@nubo/service';
import { CdnConfig } from '../cdn.config';
import { Archives } from './archive.driver';
import { ContentStore, FolderContentStore } from './content-store.driver';
import { ContentsController } from './contents.controller';
import { ContentsHandler } from './contents.handler';
import { ContentsService } from './contents.service';
import { Contents } from './contents.store';
import { ContentUpkeep } from './upkeep.service';

@Module({
  controllers: [ContentsController, ContentsHandler],
  providers: [
    CdnConfig,
    InternalUrl,
    Archives,
    ContentsService,
    Contents,
    ContentUpkeep,
    { provide: ContentStore, useClass: FolderContentStore },
  ],
  exports: [CdnConfig, Contents, ContentsService, ContentStore],
})
export class ContentsModule {}
