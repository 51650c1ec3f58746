import { Module } from '@nestjs/common';
import { ImageCopies } from './image-copies.service';

@Module({ providers: [ImageCopies], exports: [ImageCopies] })
export class ImagesModule {}
