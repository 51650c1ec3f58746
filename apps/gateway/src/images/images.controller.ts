import {
  createImage,
  deleteImage,
  getImage,
  ImageView,
  listImages,
  openUpload,
  updateImage,
  type OpenUpload,
} from '@nubo/contracts';
import { ImageUploads } from './image-uploads.driver';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Receives, Updates } from '../rest/route.decorator';

const DEFERRED = {
  name: 'deferred',
  type: 'boolean',
  description: 'Where VMs need it: delete it as soon as the last of them is gone.',
} as const;

const OFFSET = {
  name: 'offset',
  type: 'integer',
  description: 'Where these bytes begin: `received` of the image.',
  required: true,
} as const;

@Noun('iaas/images', 'Images')
export class ImagesController {
  constructor(
    private readonly rest: Rest,
    private readonly uploads: ImageUploads,
  ) {}

  @Lists(listImages, ImageView, 'List the images that you may see')
  listImages(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createImage, 'Add an image from a URL, or one that you upload', { settledBy: getImage })
  createImage(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getImage, 'Show an image')
  getImage(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateImage, 'Change an image', { settledBy: getImage })
  updateImage(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Receives(openUpload, ImageView, 'Upload content of an image, in one piece or several', {
    path: ':id/content',
    queries: [OFFSET],
    settledBy: getImage,
    description:
      'Where a piece broke off, `received` of the image says where to go on. A wrong offset is 409, with the right one.',
  })
  uploadImage(@Ask() asked: Asked): Promise<object> {
    return this.rest.receive<OpenUpload>(asked, (input) => this.uploads.pass(asked, input));
  }

  @Deletes(deleteImage, 'Delete an image', { settledBy: getImage, queries: [DEFERRED] })
  deleteImage(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
