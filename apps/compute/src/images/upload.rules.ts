import { conflict, type NuboError } from '@nubo/contracts';
import type { Image } from '../../../../libs/entities/src/compute';

type Upload = Pick<Image, 'state' | 'writerUntil' | 'uploadSize' | 'received'>;

/**
 * Throws `conflict` unless a stream may go on at `offset` now. `there`: bytes of the file. It may hold more than was
 * noted, which was not flushed then, and is written again.
 */
export function assertGoesOn(upload: Upload, offset: number, there: number): void {
  const { state, writerUntil, uploadSize } = upload;
  if (state !== 'uploading')
    throw conflict('image_not_uploading', `The image is ${state}: nothing is uploaded to it.`, { state });
  if (writerUntil && writerUntil > new Date())
    throw conflict('upload_busy', 'Another upload to this image is under way; try again when it has ended.');
  const received = Math.min(Number(upload.received), there);
  if (offset !== received) throw wrongOffset(received, Number(uploadSize));
}

function wrongOffset(received: number, size: number): NuboError {
  const message = `${received} of ${size} bytes have arrived: go on with offset=${received}.`;
  return conflict('wrong_offset', message, { received, size });
}
