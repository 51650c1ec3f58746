import { getUser, listUsers, updateUser, UserView } from '@nubo/contracts';
import { Ask, type Asked } from '../rest/asked';
import { Rest } from '../rest/rest.service';
import { Lists, Noun, Reads, Updates } from '../rest/route.decorator';

@Noun('iaas/users', 'Users')
export class UsersController {
  constructor(private readonly rest: Rest) {}

  @Lists(listUsers, UserView, 'List the users that you may see')
  listUsers(@Ask() asked: Asked): Promise<object[]> {
    return this.rest.list(asked);
  }

  @Reads(getUser, 'Show a user', { whilePasswordPending: 'own' })
  getUser(@Ask() asked: Asked): Promise<object | undefined> {
    return this.rest.read(asked);
  }

  @Updates(updateUser, 'Change a user; one’s own password with the current one', {
    whilePasswordPending: 'own',
  })
  updateUser(@Ask() asked: Asked): Promise<object> {
    return this.rest.update(asked);
  }
}
