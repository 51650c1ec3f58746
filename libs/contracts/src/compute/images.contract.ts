import { Child, Flag, Id, Int, Name, OneOf, Text } from '../wire/fields';
import { listOperation, RESOURCE_FIELDS } from '../wire/filters';
import { Metadata, type MetadataMap } from '../wire/metadata';
import { operation } from '../wire/operation';
import { ById, resourceView } from '../wire/resource';
import { shareOperations } from '../wire/shares';

export const IMAGE_STATES = ['uploading', 'creating', 'ready', 'error', 'deleting'] as const;
export type ImageState = (typeof IMAGE_STATES)[number];
export const IMAGE_SOURCES = ['url', 'upload', 'vm'] as const;
export type ImageSource = (typeof IMAGE_SOURCES)[number];
export const IMAGE_KINDS = ['vm', 'container'] as const;
export type ImageKind = (typeof IMAGE_KINDS)[number];
export const CONSISTENCIES = ['stopped', 'frozen', 'crash'] as const;
export type Consistency = (typeof CONSISTENCIES)[number];

/** Either from a `url`, or uploaded: `upload` and `size`, then the content. */
export class CreateImage {
  @Text({
    optional: true,
    min: 1,
    max: 2000,
    pattern: /^https?:\/\//,
    message: 'url must begin with http:// or https://',
    description: 'Where the image is fetched from.',
  })
  url?: string;
  @Flag({ optional: true, description: 'Instead of `url`: you will PUT its content.' }) upload?: boolean;
  @Int(1, Number.MAX_SAFE_INTEGER, { optional: true, description: 'Bytes that you will upload.' })
  size?: number;
  @Name() name!: string;
  @OneOf(IMAGE_KINDS, {
    optional: true,
    description:
      'Default vm: a disk. container: a root file system (tar, tar.gz) or an archive of OCI or Docker.',
  })
  kind?: ImageKind;
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

export class DeleteImage extends ById {
  @Flag({ optional: true, description: 'Delete it as soon as the last VM that needs it is gone.' })
  deferred?: boolean;
}

export class ImageView extends resourceView(IMAGE_STATES) {
  @Text({ max: 1000 }) description!: string;
  @Text({ nullable: true, max: 64 }) sha256!: string | null;
  @Int(0, Number.MAX_SAFE_INTEGER, {
    nullable: true,
    description: 'Bytes of the file; until it is ready, those that will be uploaded.',
  })
  size!: number | null;
  @OneOf(IMAGE_KINDS, { description: 'What is made from it.' }) kind!: ImageKind;
  @OneOf(IMAGE_SOURCES) source!: ImageSource;
  @Int(0, Number.MAX_SAFE_INTEGER, {
    nullable: true,
    description: 'Bytes of an upload that have arrived: where it goes on.',
  })
  received!: number | null;
  @Id({ nullable: true, description: 'The VM that it was saved from.' }) vmId!: string | null;
  @OneOf(CONSISTENCIES, {
    nullable: true,
    description:
      'What its VM’s file systems are like: the VM was stopped; a guest agent froze them; or as after a power cut.',
  })
  consistency!: Consistency | null;
  @Int(0, Number.MAX_SAFE_INTEGER, {
    nullable: true,
    description: 'GiB, rounded up: the smallest disk of a VM made from it.',
  })
  minDisk!: number | null;
  @Flag() public!: boolean;
  @Int(0, 100, { description: 'Percent downloaded.' }) progress!: number;
}

export class OpenUpload extends ById {
  @Int(0, Number.MAX_SAFE_INTEGER, { description: 'Where the content goes on: `received` of the image.' })
  offset!: number;
}

/** Admits one stream of bytes, once, to one replica of the service. */
export class UploadTicket {
  @Text({ max: 2000 }) url!: string;
  @Text({ max: 100 }) ticket!: string;
  @Child(() => ImageView) image!: ImageView;
}

export class PlatformImage {
  @Name() name!: string;
  @OneOf(IMAGE_KINDS) kind!: ImageKind;
}

export const createImage = operation('compute.images.create', CreateImage, ImageView);
export const listImages = listOperation('compute.images.list', ImageView, {
  ...RESOURCE_FIELDS,
  description: 'text',
  kind: 'text',
  sha256: 'text',
  size: 'int',
  minDisk: 'int',
  public: 'flag',
  progress: 'int',
  source: 'text',
  vmId: 'uuid',
});
export const getImage = operation('compute.images.get', ById, ImageView);
export const updateImage = operation('compute.images.update', UpdateImage, ImageView);
export const deleteImage = operation('compute.images.delete', DeleteImage, ImageView);
/** Asked by the gateway before it streams the content of an image. */
export const openUpload = operation('compute.images.upload', OpenUpload, UploadTicket);
/** The image that the operator laid down under that name; `not_found` (`no_platform_image`) says how. */
export const findPlatformImage = operation('compute.images.platform', PlatformImage, ImageView, {
  permission: 'service',
});
export const imageShares = shareOperations('compute.images');
