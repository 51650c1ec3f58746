import type { CreateImage, ImageKind } from '@nubo/contracts';

/** The columns of an image that say where it comes from, at its beginning. */
export function beginning({ url, upload, size }: CreateImage) {
  if (!upload) return { state: 'creating' as const, source: 'url' as const, url: url ?? null };
  const announced = { uploadSize: String(size), received: '0' };
  return { state: 'uploading' as const, source: 'upload' as const, ...announced };
}

export interface InUse {
  kind: ImageKind;
  count: number;
  /** Those that the caller may see; a few of them. */
  named: { id: string; name: string }[];
  others: number;
}

/** Why an image stays: `2 VMs need this image: web (…) and 1 more. Delete them first, or …`. */
export function inUseMessage({ kind, count, named, others }: InUse): string {
  const list = named.map(({ id, name }) => `${name} (${id})`).join(', ');
  const more = named.length > 0 && others > 0 ? ` and ${others} more` : '';
  const which = named.length > 0 ? `: ${list}${more}` : ', which you may not see';
  const [one, many] = kind === 'vm' ? ['VM', 'VMs'] : ['container', 'containers'];
  const [need, them] = count === 1 ? [`${one} needs`, 'it'] : [`${many} need`, 'them'];
  return `${count} ${need} this image${which}. Delete ${them} first, or delete the image with deferred=true.`;
}
