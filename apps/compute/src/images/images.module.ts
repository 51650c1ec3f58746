import { Module } from '@nestjs/common';
import { ComputeConfig } from '../compute.config';
import { ImageDownload } from './download.driver';
import { CopyDriver, SshCopyDriver } from './image-copies.driver';
import { ImageCopyReconciler } from './image-copies.reconciler';
import { ImageCopies } from './image-copies.service';
import { ImageSharesService } from './image-shares.service';
import { FolderImageStore, ImageStore } from './image-store.driver';
import { ImagesHandler } from './images.handler';
import { ImageReconciler } from './images.reconciler';
import { ImagesService } from './images.service';
import { ImageFiles } from './qemu-img.driver';

@Module({
  controllers: [ImagesHandler],
  providers: [
    ComputeConfig,
    ImageCopies,
    ImageCopyReconciler,
    ImageDownload,
    ImageFiles,
    ImageReconciler,
    ImageSharesService,
    ImagesService,
    { provide: CopyDriver, useClass: SshCopyDriver },
    { provide: ImageStore, useClass: FolderImageStore },
  ],
  exports: [ImageCopies],
})
export class ImagesModule {}
