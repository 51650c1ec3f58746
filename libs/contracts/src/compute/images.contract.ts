import { Flag, Int, Name, Text } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { ById, resourceView } from '../wire/resource';
import { shareOperations } from '../wire/shares';

export const IMAGE_STATES = ['creating', 'ready', 'error', 'deleting'] as const;
export type ImageState = (typeof IMAGE_STATES)[number];

export class CreateImage {
  @Text({ min: 1, max: 2000, pattern: /^https?:\/\//, message: 'url must begin with http:// or https://' })
  url!: string;
  @Name() name!: string;
  @Text({ optional: true, max: 1000 }) description?: string;
  @Text({
    optional: true,
    pattern: /^[0-9a-f]{64}$/,
    message: 'sha256 must be 64 lower-case hexadecimal digits',
  })
  sha256?: string;
  @Flag({ optional: true, description: 'Everybody may make VMs from it; administrators only.' })
  public?: boolean;
  @Metadata() metadata?: MetadataMap;
}

export class UpdateImage extends ById {
  @Name({ optional: true }) name?: string;
  @Text({ optional: true, nullable: true, max: 1000 }) description?: string | null;
  @Flag({ optional: true }) public?: boolean;
  @Metadata() metadata?: MetadataMap | null;
}

export class ImageView extends resourceView(IMAGE_STATES) {
  @Text({ max: 1000 }) description!: string;
  @Text({ nullable: true, max: 64 }) sha256!: string | null;
  @Int(0, Number.MAX_SAFE_INTEGER, { nullable: true, description: 'Bytes of the file.' }) size!:
    number | null;
  @Int(0, Number.MAX_SAFE_INTEGER, {
    nullable: true,
    description: 'GiB, rounded up: the smallest disk of a VM made from it.',
  })
  minDisk!: number | null;
  @Flag() public!: boolean;
  @Int(0, 100, { description: 'Percent downloaded.' }) progress!: number;
}

export const createImage = operation('compute.images.create', CreateImage, ImageView);
export const listImages = listOperation('compute.images.list', ImageView, {
  ...RESOURCE_FIELDS,
  description: 'text',
  sha256: 'text',
  size: 'int',
  minDisk: 'int',
  public: 'flag',
  progress: 'int',
});
export const getImage = operation('compute.images.get', ById, ImageView);
export const updateImage = operation('compute.images.update', UpdateImage, ImageView);
export const deleteImage = operation('compute.images.delete', ById, ImageView);
export const imageShares = shareOperations('compute.images');
