import { Injectable } from '@nestjs/common';
import {
  conflict,
  notFound,
  Nothing,
  resolveUser,
  shareImage,
  unshareImage,
  NuboError,
  type ById,
  type Page,
  type RequestContext,
  type ShareImage,
  type ShareView,
  type UnshareImage,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import { grant, GrantRow, Intentions, revokeGrants } from '@nubo/persistence';
import { Not } from 'typeorm';
import { imageFor } from './images.service';

/** Who else may make VMs from an image. */
@Injectable()
export class ImageSharesService {
  constructor(
    private readonly intentions: Intentions,
    private readonly bus: Bus,
  ) {}

  /** Without the one who made it: that one's access is no share. */
  async list(ctx: RequestContext, { id }: ById): Promise<Page<ShareView>> {
    const grants = await this.intentions.read(async (em) => {
      const { userId } = await imageFor(em, ctx, id, 'manage');
      return em.find(GrantRow, { where: { resourceId: id, userId: Not(userId) }, order: { userId: 'ASC' } });
    });
    const shares = await Promise.all(grants.map((row) => this.viewOf(ctx, row)));
    return { items: shares.filter((share) => share !== undefined) };
  }

  async create(ctx: RequestContext, input: ShareImage): Promise<ShareView> {
    // Who may not change the image learns nothing about users either.
    await this.intentions.read((em) => imageFor(em, ctx, input.id, 'manage'));
    const { userId, tenantId, email } = await this.bus.call(resolveUser, ctx, { user: input.user });
    return this.intentions.write(shareImage, ctx, input, async ({ em }) => {
      await imageFor(em, ctx, input.id, 'manage');
      const held = await em.findOneBy(GrantRow, { resourceId: input.id, userId });
      const level = held?.level ?? 'use';
      await grant(em, input.id, { userId, tenantId }, level);
      return { userId, email, grant: level };
    });
  }

  remove(ctx: RequestContext, input: UnshareImage): Promise<Nothing> {
    return this.intentions.write(unshareImage, ctx, input, async ({ em }) => {
      const { id, userId } = input;
      const image = await imageFor(em, ctx, id, 'manage');
      if (userId === image.userId)
        throw conflict('maker_keeps_access', 'Who made an image keeps access to it.');
      if (!(await em.existsBy(GrantRow, { resourceId: id, userId }))) throw notFound('share', userId);
      await revokeGrants(em, id, userId);
      return new Nothing();
    });
  }

  /** Undefined for a user who is gone. */
  private async viewOf(ctx: RequestContext, { userId, level }: GrantRow): Promise<ShareView | undefined> {
    try {
      const { email } = await this.bus.call(resolveUser, ctx, { user: userId });
      return { userId, email, grant: level };
    } catch (error) {
      if (error instanceof NuboError && error.kind === 'not_found') return undefined;
      throw error;
    }
  }
}
