import {
  createUser,
  deleteUser,
  getUser,
  listUserQuotas,
  listUserQuotaUses,
  listUsers,
  QuotaUseView,
  QuotaView,
  setUserQuota,
  updateUser,
  UserView,
} from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Creates, Deletes, Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('iaas/users', 'Users')
export class UsersController {
  constructor(private readonly rest: Rest) {}

  @Lists(listUsers, UserView, 'List the users that you may see')
  listUsers(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Creates(createUser, 'Add a user: owners to their tenant, administrators to any')
  createUser(@Ask() asked: Asked): Promise<object> {
    return this.rest.create(asked);
  }

  @Reads(getUser, 'Show a user', { whilePasswordPending: 'own' })
  getUser(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateUser, 'Change a user; one’s own password or e-mail with the current password', {
    whilePasswordPending: 'own',
  })
  updateUser(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }

  @Deletes(deleteUser, 'Delete a user with all that it made', { settledBy: getUser })
  deleteUser(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.remove(asked);
  }

  @Lists(listUserQuotas, QuotaView, 'List a user’s own quotas and what is used of them', {
    path: ':id/quotas',
  })
  listUserQuotas(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Lists(listUserQuotaUses, QuotaUseView, 'List what a user’s quota goes to', {
    path: ':id/quotas/:kind/uses',
  })
  listUserQuotaUses(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Updates(setUserQuota, 'Limit a user below what its tenant has', { path: ':userId/quotas/:kind' })
  setUserQuota(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }
}
