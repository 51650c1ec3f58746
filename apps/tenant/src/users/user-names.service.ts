import { Injectable } from '@nestjs/common';
import {
  notFound,
  type ById,
  type FindUser,
  type NameUsers,
  type Page,
  type Principal,
  type PrincipalView,
  type RequestContext,
  type ResolvedUser,
  type ResolveUser,
} from '@nubo/contracts';
import { Intentions, principalOf } from '@nubo/persistence';
import { isUUID } from 'class-validator';
import { In } from 'typeorm';
import { User } from '../../../../libs/entities/src/tenant';
import type { Counted } from '../credentials/attempts.rules';
import { AttemptsService } from '../credentials/attempts.service';
import { emailKeyOf } from '../sessions/sessions.rules';
import { toResolvedUser } from './users.mapper';

/** Who is meant by an id or an address, for services that let people name each other. */
@Injectable()
export class UserNamesService {
  constructor(
    private readonly intentions: Intentions,
    private readonly attempts: AttemptsService,
  ) {}

  /**
   * Whom `user` names, by id or by address; people who cannot log in are not there. A tenant whose people have named
   * many who are not there is told nothing more for a while, also not about those who are.
   */
  async resolve(ctx: RequestContext, { user: named }: ResolveUser): Promise<ResolvedUser> {
    const counted = countedFor(principalOf(ctx));
    await this.attempts.assertAllowed(counted);
    const whose = isUUID(named) ? { id: named.toLowerCase() } : { emailKey: emailKeyOf(named) };
    const user = await this.intentions.read((em) => em.findOneBy(User, { ...whose, state: 'active' }));
    if (!user) {
      await this.attempts.count(ctx, counted);
      throw notFound('user', named);
    }
    await this.attempts.assertStillAllowed(ctx, counted);
    return toResolvedUser(user);
  }

  /** One statement, whoever is there: the time that it takes says nothing. No name looks like an address. */
  async find({ tenantId, user }: FindUser): Promise<Page<ResolvedUser>> {
    const called = emailKeyOf(user);
    const base = { tenantId, state: 'active' as const };
    const where = [
      { ...base, emailKey: called },
      { ...base, name: called },
    ];
    const found = await this.intentions.read((em) => em.find(User, { where, take: 2 }));
    return { items: found.map(toResolvedUser) };
  }

  async principal({ id }: ById): Promise<PrincipalView> {
    const user = await this.intentions.read((em) => em.findOneBy(User, { id, state: 'active' }));
    if (!user) throw notFound('user', id);
    return { userId: id, tenantId: user.tenantId, role: user.role };
  }

  async names({ userIds }: NameUsers): Promise<Page<ResolvedUser>> {
    const id = In(userIds.filter((userId) => isUUID(userId)));
    const users = await this.intentions.read((em) => em.find(User, { where: { id }, order: { id: 'ASC' } }));
    return { items: users.map(toResolvedUser) };
  }
}

/** By tenant: more users shall not get more guesses. Operators see all users anyway. */
export function countedFor({ role, tenantId, userId }: Principal): Counted[] {
  if (role === 'admin' || role === 'service') return [];
  return [{ limit: 'lookup', of: tenantId ?? userId }];
}
