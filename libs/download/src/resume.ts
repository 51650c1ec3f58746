import type { IncomingHttpHeaders } from 'node:http';

/** What a download left: of which version of what, and how much of it is on the disk for sure. */
export interface Left {
  url: string;
  /** What If-Range gets. */
  validator: string;
  bytes: number;
}

/** RFC 9110, 8.8.2.2 says a second; RFC 7232 said a minute, and clocks differ. */
const OLD_ENOUGH_MS = 60_000;
const STRONG_TAG = /^"[\x21\x23-\x7e]*"$/;

/**
 * What names a version so well that its parts fit together (RFC 9110, 13.1.5): a strong ETag, or, where there is no ETag
 * at all, a date that lies long enough before the answer. undefined: nothing does.
 */
export function validatorOf(headers: IncomingHttpHeaders): string | undefined {
  const { etag, date, 'last-modified': modified } = headers;
  if (etag !== undefined) return STRONG_TAG.test(etag) ? etag : undefined;
  const age = Date.parse(date ?? '') - Date.parse(modified ?? '');
  return age >= OLD_ENOUGH_MS ? modified : undefined;
}

/** For the bytes behind what is left, of the same version only. */
export const askFor = ({
  bytes,
  validator,
}: Pick<Left, 'bytes' | 'validator'>): { range: string; 'if-range': string } => ({
  range: `bytes=${bytes}-`,
  'if-range': validator,
});

/** Whether what comes are the bytes that were asked for by {@link askFor}. */
export function goesOn(
  status: number,
  headers: IncomingHttpHeaders,
  { bytes, validator }: Pick<Left, 'bytes' | 'validator'>,
): boolean {
  const { etag, 'content-range': range = '' } = headers;
  const same = etag === undefined || !STRONG_TAG.test(validator) || etag === validator;
  return status === 206 && same && /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(range)?.[1] === String(bytes);
}
