import { Controller } from '@nestjs/common';
import {
  ById,
  getUser,
  ListInput,
  listUsers,
  ResolvedUser,
  resolveUser,
  ResolveUser,
  updateUser,
  UpdateUser,
  UserView,
  type Page,
  type RequestContext,
} from '@nubo/contracts';
import { Handles } from '@nubo/messaging';
import { UsersService } from './users.service';

@Controller()
export class UsersHandler {
  constructor(private readonly users: UsersService) {}

  @Handles(listUsers) list(ctx: RequestContext, input: ListInput): Promise<Page<UserView>> {
    return this.users.list(ctx, input);
  }

  @Handles(getUser) get(ctx: RequestContext, input: ById): Promise<UserView> {
    return this.users.get(ctx, input);
  }

  @Handles(updateUser) update(ctx: RequestContext, input: UpdateUser): Promise<UserView> {
    return this.users.update(ctx, input);
  }

  @Handles(resolveUser) resolve(_ctx: RequestContext, input: ResolveUser): Promise<ResolvedUser> {
    return this.users.resolve(input);
  }
}
