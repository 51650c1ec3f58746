/** What archives of container images say about themselves. */

/** A root file system, or what `podman save` and `docker save` write. */
export type ArchiveFormat = 'rootfs' | 'image';

/** Files of an archive at its top that name its images, and how they are made to name but one. */
type Manifest = Record<string, unknown>;

/** At most so long, bytes: it is held in memory. */
export const LISTING_BYTES = 1024 ** 2;

/** Where Docker's and OCI's archives list their images. */
export const LISTINGS = ['manifest.json', 'index.json', 'oci-layout', 'repositories'] as const;
export type Listing = (typeof LISTINGS)[number];

export const isListing = (name: string): name is Listing => LISTINGS.includes(name as Listing);

export type Listings = Partial<Record<Listing, Buffer>>;

/** Docker's has manifest.json, OCI's oci-layout and index.json (image-spec 1.0); anything else is a root file system. */
export function formatOf(found: Listings): ArchiveFormat {
  const isOci = found['oci-layout'] !== undefined && found['index.json'] !== undefined;
  return isOci || imagesIn(found['manifest.json']) !== undefined ? 'image' : 'rootfs';
}

/** Why an archive cannot be taken, for a person. */
export function archiveRefusal(found: Listings, hasLinks: boolean): string | undefined {
  if (formatOf(found) === 'rootfs') return undefined;
  // A link could give a listing another content than the one that was looked at.
  if (hasLinks) return 'The archive of an image holds links: save it with podman or a recent docker.';
  const lists = [imagesIn(found['manifest.json']), manifestsIn(found['index.json'])];
  const counts = lists.flatMap((images) => (images ? [images.length] : []));
  const wrong = counts.find((count) => count !== 1);
  return wrong === undefined ? undefined : `The archive holds ${wrong} images: give one with one.`;
}

/**
 * The listing as it may be given to podman: the image has the name `reference` and no other. A name out of the archive
 * could be that of somebody else's image.
 */
export function renamed(listing: Listing, content: Buffer, reference: string): Buffer {
  if (listing === 'oci-layout') return content;
  if (listing === 'repositories') return json({});
  const found = parsed(content);
  if (listing === 'manifest.json') {
    const images = imagesIn(content);
    return images ? json(images.map((image) => ({ ...image, RepoTags: [reference] }))) : content;
  }
  const annotations = { 'org.opencontainers.image.ref.name': reference };
  const manifests = manifestsIn(content)?.map((manifest) => ({ ...manifest, annotations }));
  return manifests && isObject(found) ? json({ ...found, manifests }) : content;
}

/** Docker's list of images; undefined for another file of that name. */
function imagesIn(content: Buffer | undefined): Manifest[] | undefined {
  const found = content && parsed(content);
  const isImage = (one: unknown): boolean => isObject(one) && Array.isArray(one['Layers']) && 'Config' in one;
  return Array.isArray(found) && found.every(isImage) ? (found as Manifest[]) : undefined;
}

/** OCI's list of images; undefined for another file of that name. */
function manifestsIn(content: Buffer | undefined): Manifest[] | undefined {
  const found = content && parsed(content);
  const manifests = isObject(found) ? found['manifests'] : undefined;
  return Array.isArray(manifests) && manifests.every(isObject) ? manifests : undefined;
}

const isObject = (value: unknown): value is Manifest =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}
