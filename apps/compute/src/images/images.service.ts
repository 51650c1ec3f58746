import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  conflict,
  createImage,
  deleteImage,
  forbidden,
  updateImage,
  listImages,
  type ById,
  type CreateImage,
  type DeleteImage,
  type ImageView,
  type ListInput,
  type Page,
  type PlatformImage,
  type RequestContext,
  type UpdateImage,
} from '@nubo/contracts';
import {
  assertVersion,
  forgetTenant,
  forgetUser,
  grant,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  principalOf,
  requireAccess,
  type GrantLevel,
  writtenByUser,
} from '@nubo/persistence';
import { reserve } from '@nubo/quota';
import { wake } from '@nubo/reconcile';
import type { EntityManager, EntityTarget } from 'typeorm';
import { Container, Image, Vm } from '../../../../libs/entities/src/compute';
import { ComputeConfig } from '../compute.config';
import { platformImage } from '../instances/image-use.store';
import { isNeededByOthers, keepFileOnly, type Leaver } from './base-files.store';
import { toImageView } from './images.mapper';
import { beginning, inUseMessage } from './images.rules';
import { assertSource } from './source.rules';

/** Past it a download that is still being tried again counts as failed. */
export const CREATE_MS = 15 * 60_000;
/** An upload that nobody goes on with is given up. */
export const UPLOAD_MS = 24 * 60 * 60_000;
const DELETE_MS = 60_000;

const FILTER = filterOn(Image, listImages, {
  size: (image) => `coalesce( ${image}.size , ${image}.uploadSize )`,
});

/** Images: whoever makes one manages it, others use it when it is shared with them or public. */
@Injectable()
export class ImagesService {
  constructor(
    private readonly intentions: Intentions,
    private readonly config: ComputeConfig,
  ) {}

  create(ctx: RequestContext, input: CreateImage): Promise<ImageView> {
    assertSource(input, this.config);
    return this.intentions.write(createImage, ctx, input, async ({ em }) => {
      const { userId, tenantId } = principalOf(ctx);
      const { name, description = '', kind = 'vm', sha256 = null, metadata = {} } = input;
      const open = input.public ?? false;
      if (open) assertMayPublish(ctx);
      const id = randomUUID();
      await reserve(em, { tenantId, userId }, id, { images: 1 });
      const own = { id, tenantId, userId, name, metadata, description, kind, sha256, public: open };
      await em.insert(Image, { ...own, ...beginning(input) });
      await grant(em, id, { userId, tenantId }, 'manage');
      await wake(em, 'image', id, { deadlineMs: input.upload ? UPLOAD_MS : CREATE_MS });
      return toImageView(await em.findOneByOrFail(Image, { id }));
    });
  }

  list(ctx: RequestContext, input: ListInput): Promise<Page<ImageView>> {
    return this.intentions.read((em) => {
      const query = em.createQueryBuilder(Image, 'image');
      return pageOfQuery(limitToVisible(query, ctx, 'image.public'), input, toImageView, FILTER.for(ctx));
    });
  }

  get(ctx: RequestContext, { id }: ById): Promise<ImageView> {
    return this.intentions.read(async (em) => toImageView(await imageFor(em, ctx, id, 'use')));
  }

  /** For another service. */
  platform({ name, kind }: PlatformImage): Promise<ImageView> {
    return this.intentions.read(async (em) => toImageView(await platformImage(em, name, kind)));
  }

  update(ctx: RequestContext, input: UpdateImage): Promise<ImageView> {
    return this.intentions.write(updateImage, ctx, input, async ({ em }) => {
      const image = await imageFor(em, ctx, input.id, 'manage');
      assertVersion(ctx, image);
      const { description = image.description } = input;
      const open = input.public ?? image.public;
      if (open !== image.public) assertMayPublish(ctx);
      Object.assign(image, { description: description ?? '', public: open });
      writtenByUser(image, input);
      return toImageView(await em.save(image));
    });
  }

  /** `deferred`: now if no VM needs it, else as soon as the last one is gone. */
  remove(ctx: RequestContext, input: DeleteImage): Promise<ImageView> {
    return this.intentions.write(deleteImage, ctx, input, async ({ em }) => {
      const image = await imageFor(em, ctx, input.id, 'manage');
      assertVersion(ctx, image);
      if (!input.deferred) await assertUnused(em, ctx, image);
      if (image.state !== 'deleting') await markDeleting(em, image);
      return toImageView(image);
    });
  }

  /**
   * All of a tenant's images go, each as soon as the tenant's last VM of it is gone; of those that VMs of others need,
   * only the file stays, which is nobody's. Harmless when it is told twice.
   */
  async closeTenant(ctx: RequestContext, tenantId: string): Promise<void> {
    await this.intentions.apply(ctx, async ({ em }) => {
      await letAllGo(em, { tenantId });
      await forgetTenant(em, tenantId);
    });
  }

  /** The same for a user that is being deleted. */
  async closeUser(ctx: RequestContext, userId: string): Promise<void> {
    await this.intentions.apply(ctx, async ({ em }) => {
      await letAllGo(em, { userId });
      await forgetUser(em, userId);
    });
  }
}

export const isPublic = (image: Image): boolean => image.public;

/** The image if the caller has `level` on it; locked for `manage`. */
export function imageFor(
  em: EntityManager,
  ctx: RequestContext,
  id: string,
  level: GrantLevel,
): Promise<Image> {
  const lock = level === 'manage';
  return requireAccess(em, ctx, [Image, id], { noun: 'image', level, isOpen: isPublic, lock });
}

async function markDeleting(em: EntityManager, image: Image): Promise<void> {
  Object.assign(image, { state: 'deleting', stateReason: null, updatedAt: new Date() });
  await em.save(image);
  await wake(em, 'image', image.id, { deadlineMs: DELETE_MS });
}

/** A VM that is being made holds its image: it is seen here, or finds no image any more. */
async function letAllGo(em: EntityManager, leaver: Leaver): Promise<void> {
  const lock = { mode: 'pessimistic_write' } as const;
  for (const image of await em.find(Image, { where: leaver, order: { id: 'ASC' }, lock })) {
    if (await isNeededByOthers(em, image, leaver)) await keepFileOnly(em, image.id);
    else if (image.state !== 'deleting') await markDeleting(em, image);
  }
}

function assertMayPublish(ctx: RequestContext): void {
  if (principalOf(ctx).role === 'admin') return;
  throw forbidden('admin_only', 'Only an administrator may open an image to everybody, or close it.');
}

/** How many VMs or containers an answer names. */
const NAMED = 10;

/** Names what was made from it and the caller may see, and counts the rest. */
async function assertUnused(
  em: EntityManager,
  ctx: RequestContext,
  { id: imageId, kind }: Image,
): Promise<void> {
  const entity: EntityTarget<Vm | Container> = kind === 'vm' ? Vm : Container;
  const count = await em.countBy(entity, { imageId });
  if (count === 0) return;
  const query = em.createQueryBuilder(entity, 'user').where('user.imageId = :imageId', { imageId });
  const seen = await limitToVisible(query, ctx).orderBy('user.id').limit(NAMED).getMany();
  const named = seen.map(({ id, name }) => ({ id, name }));
  const others = count - named.length;
  const details = { [kind === 'vm' ? 'vms' : 'containers']: count, named, others };
  throw conflict('image_in_use', inUseMessage({ kind, count, named, others }), details);
}
