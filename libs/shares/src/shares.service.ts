import { Injectable } from '@nestjs/common';
import {
  conflict,
  exhausted,
  nameUsers,
  notFound,
  Nothing,
  resolveUser,
  serviceContext,
  type ById,
  type GrantLevel,
  type Page,
  type RequestContext,
  type ResolvedUser,
  type Share,
  type ShareView,
  type Unshare,
} from '@nubo/contracts';
import { Bus } from '@nubo/messaging';
import {
  grant,
  GrantRow,
  Intentions,
  principalOf,
  requireAccess,
  revokeGrants,
  type ResourceEntity,
} from '@nubo/persistence';
import { Not, type EntityManager } from 'typeorm';
import type { SharedNoun } from './shared-noun';

/** A list of shares is one answer, without pages. */
export const MOST_SHARES = 200;

/**
 * Who else has access to a resource. Whoever made it keeps `manage`, and so does the owner of its tenant, whose access
 * is no share.
 */
@Injectable()
export class Shares {
  constructor(
    private readonly intentions: Intentions,
    private readonly bus: Bus,
  ) {}

  /** Without users who are gone. Throws `not_found` and `forbidden` as {@link requireAccess} does, for `manage`. */
  async list<R extends ResourceEntity>(
    shared: SharedNoun<R>,
    ctx: RequestContext,
    { id }: ById,
  ): Promise<Page<ShareView>> {
    const grants = await this.intentions.read(async (em) => {
      const { userId } = await rowOf(shared, em, ctx, [id, 'manage']);
      return em.find(GrantRow, { where: { resourceId: id, userId: Not(userId) }, order: { userId: 'ASC' } });
    });
    if (grants.length === 0) return { items: [] };
    const { items } = await this.bus.call(nameUsers, serviceContext('shares', ctx.requestId), {
      userIds: grants.map(({ userId }) => userId),
    });
    const emails = new Map(items.map(({ userId, email }) => [userId, email]));
    return {
      items: grants.flatMap(({ userId, level }) => {
        const email = emails.get(userId);
        return email === undefined ? [] : [{ userId, email, grant: level }];
      }),
    };
  }

  /**
   * Gives a user `grant`, or another one than before. Throws besides: `not_found` for a user who is not there,
   * `limited` for who asks for many of those, `conflict` instead of taking `manage` from the maker.
   */
  async create<R extends ResourceEntity>(
    shared: SharedNoun<R>,
    ctx: RequestContext,
    input: Share,
  ): Promise<ShareView> {
    // Who may not share the resource learns nothing about users either.
    await this.intentions.read((em) => rowOf(shared, em, ctx, [input.id, 'manage']));
    const user = await this.bus.call(resolveUser, ctx, { user: input.user });
    return this.intentions.write(shared.operations.create, ctx, input, async ({ em }) => {
      const row = await rowOf(shared, em, ctx, [input.id, 'manage']);
      const level = await newLevel(em, row, user, input.grant);
      await grant(em, row.id, user, level);
      await shared.changed?.(em, row.id, { userId: user.userId, level, by: ctx });
      return { userId: user.userId, email: user.email, grant: level };
    });
  }

  /** Takes access back; everybody may give up their own. What was made with it stays. */
  remove<R extends ResourceEntity>(
    shared: SharedNoun<R>,
    ctx: RequestContext,
    input: Unshare,
  ): Promise<Nothing> {
    return this.intentions.write(shared.operations.remove, ctx, input, async ({ em }) => {
      const { id, userId } = input;
      const level = principalOf(ctx).userId === userId ? 'use' : 'manage';
      const row = await rowOf(shared, em, ctx, [id, level]);
      if (userId === row.userId) throw makerKeepsAccess();
      if (!(await em.existsBy(GrantRow, { resourceId: id, userId }))) throw notFound('share', userId);
      await revokeGrants(em, id, userId);
      await shared.changed?.(em, id, { userId, level: null, by: ctx });
      return new Nothing();
    });
  }
}

function rowOf<R extends ResourceEntity>(
  { noun, entity, access }: SharedNoun<R>,
  em: EntityManager,
  ctx: RequestContext,
  [id, level]: [id: string, level: GrantLevel],
): Promise<R> {
  return requireAccess(em, ctx, [entity, id], { ...access, noun, level, lock: true });
}

async function newLevel(
  em: EntityManager,
  row: ResourceEntity,
  { userId }: ResolvedUser,
  wanted?: GrantLevel,
): Promise<GrantLevel> {
  if (userId === row.userId) {
    if (wanted === 'use') throw makerKeepsAccess();
    return 'manage';
  }
  const held = await em.findOneBy(GrantRow, { resourceId: row.id, userId });
  if (!held) await assertRoom(em, row.id);
  return wanted ?? held?.level ?? 'use';
}

async function assertRoom(em: EntityManager, resourceId: string): Promise<void> {
  const shares = await em.countBy(GrantRow, { resourceId });
  if (shares <= MOST_SHARES) return;
  const message = `It is shared with ${shares} users; more than ${MOST_SHARES} are not possible.`;
  throw exhausted('too_many_shares', message, { shares, limit: MOST_SHARES });
}

const makerKeepsAccess = () =>
  conflict('maker_keeps_access', 'Whoever made it keeps full access to it; this cannot be taken back.');
