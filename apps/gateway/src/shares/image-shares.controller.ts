import { imageShares, ShareView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun } from '../rest/route.decorator';
import { COLLECTION, ONE } from './shares.paths';

@Noun('iaas/images', 'Images')
export class ImageSharesController {
  constructor(private readonly rest: Rest) {}

  @Lists(imageShares.list, ShareView, 'List with whom an image is shared', COLLECTION)
  listImageShares(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(imageShares.create, 'Share an image with a user', { ...COLLECTION, locatedBy: 'userId' })
  shareImage(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Deletes(imageShares.remove, 'Take an image back from a user', ONE)
  unshareImage(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }
}
