import { Injectable } from '@nestjs/common';
import {
  conflict,
  forbidden,
  updateUser,
  listUsers,
  type ById,
  type ListInput,
  type Page,
  type RequestContext,
  type UpdateUser,
  type UserView,
} from '@nubo/contracts';
import {
  assertVersion,
  Intentions,
  filterOn,
  limitToVisible,
  pageOfQuery,
  principalOf,
  requireAccess,
  writtenByUser,
} from '@nubo/persistence';
import type { EntityManager } from 'typeorm';
import { User } from '../../../../libs/entities/src/tenant';
import { countedTry } from '../credentials/attempts.rules';
import { PasswordsService } from '../credentials/passwords.service';
import { endSessionsOf } from '../sessions/sessions.reconciler';
import { toUserView } from './users.mapper';
import { currentPasswordMissing, passwordUnchanged } from './users.rules';

const FILTER = filterOn(User, listUsers, {});

/** A new password, checked against the hash that was there then. */
interface PasswordChange {
  from: string;
  to: string;
}

@Injectable()
export class UsersService {
  constructor(
    private readonly intentions: Intentions,
    private readonly passwords: PasswordsService,
  ) {}

  list(ctx: RequestContext, input: ListInput): Promise<Page<UserView>> {
    return this.intentions.read((em) => {
      const query = limitToVisible(em.createQueryBuilder(User, 'u'), ctx, 'CAST(u.id AS text) = :userId');
      return pageOfQuery(query, input, toUserView, FILTER.for(ctx));
    });
  }

  get(ctx: RequestContext, { id }: ById): Promise<UserView> {
    return this.intentions.read(async (em) => toUserView(await changeable(em, ctx, id)));
  }

  async update(ctx: RequestContext, input: UpdateUser): Promise<UserView> {
    const change = await this.passwordChange(ctx, input);
    // What is kept for an Idempotency-Key holds a fast hash of the input: none of a password.
    const kept = change ? { ...ctx, idempotencyKey: undefined } : ctx;
    return this.intentions.write(updateUser, kept, input, async ({ em }) => {
      const user = await changeable(em, ctx, input.id, true);
      assertVersion(ctx, user);
      writtenByUser(user, { metadata: input.metadata });
      if (change) replacePassword(user, change);
      await em.save(user);
      if (change) await endSessionsOf(em, user.id);
      return toUserView(user);
    });
  }

  /** Hashing takes its time, so it is done before the transaction. */
  private async passwordChange(ctx: RequestContext, input: UpdateUser): Promise<PasswordChange | undefined> {
    const { id, password, currentPassword } = input;
    if (password === undefined) return undefined;
    const user = await this.intentions.read((em) => changeable(em, ctx, id));
    if (principalOf(ctx).userId === id) await this.assertCurrent(ctx, user, currentPassword);
    if (await this.passwords.matches(user.passwordHash, password)) throw passwordUnchanged();
    return { from: user.passwordHash, to: await this.passwords.hash(password) };
  }

  private async assertCurrent(ctx: RequestContext, user: User, current?: string): Promise<void> {
    if (current === undefined) throw currentPasswordMissing();
    const counted = countedTry('email', user.emailKey, ctx.address);
    const right = await this.passwords.check(ctx, counted, [user.passwordHash, current]);
    if (!right) throw forbidden('wrong_password', 'The current password is wrong.');
  }
}

/** The user `id` for the user itself, for the owner of its tenant and for administrators; not there for others. */
async function changeable(em: EntityManager, ctx: RequestContext, id: string, lock = false): Promise<User> {
  const isOpen = (user: User): boolean => user.id === principalOf(ctx).userId;
  const level = principalOf(ctx).userId === id ? 'use' : 'manage';
  return requireAccess(em, ctx, [User, id], { noun: 'user', level, isOpen, lock });
}

function replacePassword(user: User, { from, to }: PasswordChange): void {
  if (user.passwordHash !== from)
    throw conflict('password_changed', 'The password was changed at the same time; log in again.');
  user.passwordHash = to;
  user.mustChangePassword = false;
}
