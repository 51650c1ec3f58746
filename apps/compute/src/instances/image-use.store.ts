import { conflict, invalidFields, NuboError, type ImageKind, type RequestContext } from '@nubo/contracts';
import { requireAccess } from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { Image } from '../../../../libs/entities/src/compute';

/**
 * The image that something is made from, held until the transaction ends: it cannot begin to be deleted meanwhile.
 * Throws when the caller may not use it, when it is of another kind, or not ready.
 */
export async function imageToUse(
  em: EntityManager,
  ctx: RequestContext,
  id: string,
  kind: ImageKind,
): Promise<Image> {
  const isOpen = (row: Image): boolean => row.public;
  await requireAccess(em, ctx, [Image, id], { noun: 'image', level: 'use', isOpen });
  const image = await heldImage(em, id);
  if (image && image.kind !== kind) throw wrongKind(image, kind);
  if (image?.state === 'ready') return image;
  throw conflict('image_not_ready', `The image is ${image?.state ?? 'gone'}, not ready.`);
}

const heldImage = (em: EntityManager, id: string): Promise<Image | null> =>
  em.createQueryBuilder(Image, 'i').setLock('pessimistic_read').where({ id }).getOne();

const THINGS: Record<ImageKind, string> = { vm: 'VMs', container: 'containers' };

function wrongKind({ kind, name }: Image, wanted: ImageKind): NuboError {
  const message = `The image ${name} is one for ${THINGS[kind]}: ${THINGS[wanted]} are made from images of kind ${wanted}.`;
  return new NuboError('unprocessable', 'image_kind', message, { details: { kind, wanted } });
}

/** Images that the operator laid down have no tenant, and nobody made them. */
export const PLATFORM_USER = 'platform';

/** The newest of that name. Throws `not_found` (`no_platform_image`) that says how to make it. */
export async function platformImage(em: EntityManager, name: string, kind: ImageKind): Promise<Image> {
  const image = await em
    .createQueryBuilder(Image, 'i')
    .where({ userId: PLATFORM_USER, kind })
    .andWhere(`i.metadata @> CAST(:label AS jsonb) AND i.state <> 'deleting'`, {
      label: JSON.stringify({ platform: name }),
    })
    .orderBy('i.createdAt', 'DESC')
    .getOne();
  if (image) return image;
  const message = `There is no platform image ${name} for ${THINGS[kind]}: ${wayTo(name, kind)}, and start compute again.`;
  throw new NuboError('not_found', 'no_platform_image', message, { details: { name, kind } });
}

const FOLDER = 'the folder that NUBO_PLATFORM_IMAGES names';

/** Those that projects run in. */
const RUNTIME = /^nubo-(php|node|python)-[0-9-]+$/;

/** How the operator comes by it. Nubo brings along what builds its own images. */
function wayTo(name: string, kind: ImageKind): string {
  if (RUNTIME.test(name))
    return `build it with "npm run runtime-images -- --into FOLDER", where FOLDER is ${FOLDER}`;
  if (name !== 'nubo-edge') return `put ${name}.${kind === 'vm' ? 'qcow2' : 'tar'} into ${FOLDER}`;
  return `build it with "npm run edge-image -- ${kind === 'vm' ? '--vm ' : ''}--into FOLDER", where FOLDER is ${FOLDER}`;
}

/** The image that another service names, in either way. */
export async function keptImage(
  em: EntityManager,
  { platformImage: name, imageId }: { platformImage?: string; imageId?: string },
  kind: ImageKind,
): Promise<string> {
  if (name !== undefined) return (await platformImage(em, name, kind)).id;
  if (imageId !== undefined) return imageId;
  throw invalidFields([{ field: 'imageId', message: 'must be given, or platformImage' }]);
}
