import { createImage, deleteImage, getImage, ImageView, listImages, updateImage } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

const DEFERRED = {
  name: 'deferred',
  type: 'boolean',
  description: 'Where VMs need it: delete it as soon as the last of them is gone.',
} as const;

@Noun('iaas/images', 'Images')
export class ImagesController {
  constructor(private readonly rest: Rest) {}

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

  @Deletes(deleteImage, 'Delete an image', { settledBy: getImage, queries: [DEFERRED] })
  deleteImage(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
