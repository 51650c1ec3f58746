/** Where an image comes from, as a request says it. */
import { invalidFields, tooLarge, type CreateImage, type FieldError } from '@nubo/contracts';
import { urlRefusal } from '@nubo/download';

interface Limits {
  imageMaxBytes: number;
  imageAllowRanges: readonly string[];
}

/** Refuses what names no source or two, a bad URL, and an upload that is too large. */
export function assertSource(input: CreateImage, { imageMaxBytes, imageAllowRanges }: Limits): void {
  const errors = sourceErrors(input, imageAllowRanges);
  if (errors.length > 0) throw invalidFields(errors);
  if ((input.size ?? 0) > imageMaxBytes) {
    const message = `The image would be larger than the ${imageMaxBytes} bytes that are allowed.`;
    throw tooLarge('image_too_large', message, { size: input.size, limit: imageMaxBytes });
  }
}

function sourceErrors({ url, upload = false, size }: CreateImage, allowed: readonly string[]): FieldError[] {
  if (url === undefined && !upload) return [{ field: 'url', message: 'must be given, or upload and size' }];
  if (url !== undefined && upload) return [{ field: 'upload', message: 'does not go with a url' }];
  if (upload) return size === undefined ? [{ field: 'size', message: 'must be given with upload' }] : [];
  const message = urlRefusal(url ?? '', allowed);
  if (message) return [{ field: 'url', message }];
  return size === undefined ? [] : [{ field: 'size', message: 'goes with upload only' }];
}
