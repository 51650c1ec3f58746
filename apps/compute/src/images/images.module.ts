import { Module } from '@nestjs/common';
import { imageShares } from '@nubo/contracts';
import { Download } from '@nubo/download';
import { sharesHandler } from '@nubo/shares';
import { Image } from '../../../../libs/entities/src/compute';
import { ComputeConfig } from '../compute.config';
import { BaseFileReconciler } from './base-files.reconciler';
import { ImageArrival } from './image-arrival.reconciler';
import { ImageContentController } from './image-content.controller';
import { Archives } from './archives.driver';
import { CopyDriver, SshCopyDriver } from './image-copies.driver';
import { ImageCopyReconciler } from './image-copies.reconciler';
import { ImageCopies } from './image-copies.service';
import { FolderImageStore, ImageStore } from './image-store.driver';
import { ImageUpkeep } from './image-upkeep.service';
import { ImageUploads } from './image-uploads.service';
import { ImagesHandler } from './images.handler';
import { ImageReconciler } from './images.reconciler';
import { ImagesService, isPublic } from './images.service';
import { PlatformImages } from './platform-images.service';
import { ImageFiles } from './qemu-img.driver';
import { CopiesByKind, PodmanCopies } from './podman-copies.driver';
import { UploadStore } from './upload.store';

@Module({
  controllers: [
    ImagesHandler,
    ImageContentController,
    sharesHandler({ noun: 'image', entity: Image, operations: imageShares, access: { isOpen: isPublic } }),
  ],
  providers: [
    BaseFileReconciler,
    ComputeConfig,
    ImageArrival,
    PlatformImages,
    ImageCopies,
    ImageCopyReconciler,
    {
      provide: Download,
      inject: [ComputeConfig],
      useFactory: ({ imageMaxBytes: maxBytes, imageAllowRanges: allowRanges }: ComputeConfig) =>
        new Download({ maxBytes, allowRanges }),
    },
    ImageFiles,
    ImageReconciler,
    ImagesService,
    ImageUpkeep,
    ImageUploads,
    UploadStore,
    Archives,
    SshCopyDriver,
    PodmanCopies,
    { provide: CopyDriver, useClass: CopiesByKind },
    { provide: ImageStore, useClass: FolderImageStore },
  ],
  exports: [ImageCopies, ImageStore],
})
export class ImagesModule {}
