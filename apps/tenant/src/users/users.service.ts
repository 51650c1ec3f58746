import { Injectable } from '@nestjs/common';
import {
  deleteUser,
  listUsers,
  type ById,
  type ListInput,
  type Page,
  type RequestContext,
  type UserView,
} from '@nubo/contracts';
import { assertVersion, filterOn, Intentions, limitToVisible, pageOfQuery } from '@nubo/persistence';
import { User } from '../../../../libs/entities/src/tenant';
import { toUserView } from './users.mapper';
import { closeUser } from './users.reconciler';
import { assertNotLast, changeableUser, removableUser } from './users.store';

const FILTER = filterOn(User, listUsers, {});

@Injectable()
export class UsersService {
  constructor(private readonly intentions: Intentions) {}

  list(ctx: RequestContext, input: ListInput): Promise<Page<UserView>> {
    return this.intentions.read((em) => {
      const query = limitToVisible(em.createQueryBuilder(User, 'u'), ctx, 'CAST(u.id AS text) = :userId');
      return pageOfQuery(query, input, toUserView, FILTER.for(ctx));
    });
  }

  get(ctx: RequestContext, { id }: ById): Promise<UserView> {
    return this.intentions.read(async (em) => toUserView(await changeableUser(em, ctx, id)));
  }

  /** From the commit on the user does not get in; what it made goes with it. */
  delete(ctx: RequestContext, input: ById): Promise<UserView> {
    return this.intentions.write(deleteUser, ctx, input, async (intention) => {
      const user = await removableUser(intention.em, ctx, input.id);
      if (user.state === 'deleting') return toUserView(user);
      assertVersion(ctx, user);
      await assertNotLast(intention.em, user);
      await closeUser(intention, user);
      return toUserView(user);
    });
  }
}
