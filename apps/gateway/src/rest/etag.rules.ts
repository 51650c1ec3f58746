/** Entity tags (RFC 9110, 8.8.3): a resource's tag is its version in quotes. */
import { invalid } from '@nubo/contracts';

/** `"3"` of a view with version 3; undefined when what is shown has no version. */
export function etagOf(view: object): string | undefined {
  return 'version' in view && typeof view.version === 'number' ? `"${view.version}"` : undefined;
}

/** Whether If-None-Match names `etag` (weak comparison) or anything (`*`). */
export function namesTag(ifNoneMatch: string, etag: string): boolean {
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

/** The version that If-Match asks for; undefined for `*`, which any version satisfies. */
export function versionOf(ifMatch: string): number | undefined {
  if (ifMatch.trim() === '*') return undefined;
  const version = /^\s*"(\d{1,15})"\s*$/.exec(ifMatch)?.[1];
  if (version === undefined) {
    throw invalid('bad_if_match', 'If-Match must be one ETag as it was given, e.g. "3", or *.');
  }
  return Number(version);
}
