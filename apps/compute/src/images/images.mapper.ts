import type { ImageState, ImageView } from '@nubo/contracts';
import { resourceFields } from '@nubo/persistence';
import type { Image } from '../../../../libs/entities/src/compute';

/** What is shown of an image; its URL is its maker's business. */
export function toImageView(image: Image): ImageView {
  return {
    ...resourceFields<ImageState>(image),
    description: image.description,
    kind: image.kind,
    sha256: image.sha256,
    size: bytes(image.size ?? image.uploadSize),
    source: image.source,
    received: bytes(image.received),
    vmId: image.vmId,
    consistency: image.consistency,
    minDisk: image.minDisk,
    public: image.public,
    progress: image.progress,
  };
}

const bytes = (count: string | null): number | null => (count === null ? null : Number(count));
